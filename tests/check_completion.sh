#!/bin/bash
# SPDX-License-Identifier: MIT
# check_completion.sh THRTRACE bash|zsh|fish: the script of --completion is good for its shell, knows the options of
# --help and no other, and completes.
set -u
thrtrace=$1
shell=$2
command -v "$shell" >/dev/null || { echo "skipped: $shell is not installed"; exit 77; }
fails=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

bad() {
	echo "FAILED: $*"
	fails=$((fails + 1))
}

options=$("$thrtrace" --help | grep -Eo '^ +(-[A-Za-z], )?--[a-z-]+' | grep -Eo -- '(-[A-Za-z]\b|--[a-z-]+)')
[ "$options" ] || bad "--help names no option"
"$thrtrace" --completion="$shell" >"$dir/$shell" || bad "--completion=$shell: status $?"
for option in $options; do
	word=$option
	if [ "$shell" = fish ]; then # complete -s f -l follow-forks
		case $option in
		--*) word="-l ${option#--}" ;;
		*) word="-s ${option#-}" ;;
		esac
	fi
	grep -Eq -- "(^|[^A-Za-z-])$word([^A-Za-z-]|\$)" "$dir/$shell" || bad "$shell: nothing of $option"
done
if [ "$shell" = fish ]; then
	offered=$(grep -Eo -- '^complete .* -l [a-z-]+' "$dir/fish" | sed 's/.* -l /--/')
else
	offered=$(grep -Eo -- '(^|[^A-Za-z-])--[a-z][a-z-]*' "$dir/$shell" | sed 's/^[^-]*//')
fi
[ "$offered" ] || bad "$shell: no option is offered"
for option in $offered; do
	case " $options " in
	*[[:space:]]"$option"[[:space:]]*) ;;
	*) bad "$shell: $option is no option" ;;
	esac
done
grep -q '#@' "$dir/$shell" && bad "$shell: a part is not filled in"
"$shell" -n "$dir/$shell" || bad "$shell can't read its script"
"$thrtrace" --completion=csh >/dev/null 2>&1 && bad "there is no script for csh, and yet a good status"
cd "$dir" && touch anameofafile || exit 1

# ---- bash: what the function makes of a line ----
# Words as readline splits them, at blanks and at "=".
complete_line() {
	local rest=$1 word
	COMP_LINE=$1 COMP_WORDS=() COMP_WORDBREAKS=${2-$' \t\n"\'><=;|&(:'}
	while [[ $rest ]]; do
		rest=${rest#"${rest%%[! ]*}"}
		case $COMP_WORDBREAKS$rest in
		*=*=*) word=${rest%%[ =]*} ;;
		*) word=${rest%% *} ;;
		esac
		[[ ! $word && $rest == =* && $COMP_WORDBREAKS == *=* ]] && word='='
		COMP_WORDS+=("$word")
		rest=${rest#"$word"}
		[[ $rest == ' ' ]] && COMP_WORDS+=('') && break
	done
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_POINT=${#COMP_LINE}
	COMPREPLY=()
	_thrtrace
}

want() { # line, all candidates
	complete_line "$1"
	[ "${COMPREPLY[*]-}" = "$2" ] || bad "bash: '$1' gives '${COMPREPLY[*]-}', not '$2'"
}

among() { # line, one of its candidates
	complete_line "$1"
	case " ${COMPREPLY[*]-} " in
	*" $2 "*) ;;
	*) bad "bash: '$1' gives '${COMPREPLY[*]-}' without '$2'" ;;
	esac
}

check_bash() {
	# shellcheck disable=SC1091
	. "$dir/bash"
	want "thrtrace --no" "--no-seccomp --notes="
	want "thrtrace --notes=" "first all none"
	want "thrtrace --notes=a" "all"
	want "thrtrace --notes a" "all"
	want "thrtrace -f --color=" "auto always never"
	want "thrtrace -fq --prove=o" "on off"
	want "thrtrace --format=js" "json"
	want "thrtrace --nonsense=x" ""
	want "thrtrace --fail-on=deadlock,null-c" "deadlock,null-call"
	want "thrtrace --findings null-" "null-call null-pointer"
	want "thrtrace --lesson sigh" "sighand"
	want "thrtrace --lesson=sigh" "sighand"
	want "thrtrace --roles OpenJ" "OpenJDK"
	want "thrtrace --ignore null-c" "null-call"
	want "thrtrace -e tr" "trace="
	want "thrtrace -e trace=clone" "clone clone3"
	want "thrtrace -e trace=%thread,!fut" "%thread,!futex"
	want "thrtrace -e %th" "%thread"
	want "thrtrace -e signal=" "all none"
	want "thrtrace -esignal=n" "none"
	want "thrtrace --explain CLONE_VF" "CLONE_VFORK"
	want "thrtrace --explain CLONE_VM,CLONE_VF" "CLONE_VM,CLONE_VFORK"
	want "thrtrace --explain x --ca" "--call="
	want "thrtrace --flags CLONE_VF" "CLONE_VFORK"
	want "thrtrace --resources err" "errno"
	THRTRACE_COMPLETES=1
	export THRTRACE_COMPLETES
	want "thrtrace -E THRTRACE_COMPL" "THRTRACE_COMPLETES"
	complete_line "thrtrace --notes=a" $' \t\n'
	[ "${COMPREPLY[*]}" = "--notes=all" ] || bad "bash, words whole: '${COMPREPLY[*]}'"
	complete_line "thrtrace -e trace=vf" $' \t\n'
	[ "${COMPREPLY[*]}" = "trace=vfork" ] || bad "bash, words whole: '${COMPREPLY[*]}'"
	among "thrtrace ba" bash
	among "thrtrace -p 1,$$" "1,$$"
	among "thrtrace --snapshot $$" "$$"
	among "thrtrace --watch $$" "$$"
	want "thrtrace --snapshot 1 --by=p" "policy"
	want "thrtrace --snapshot 1 --by=r" "role"
	among "thrtrace -E A= ba" bash
	among "thrtrace -o out -- ba" bash
	want "thrtrace -o anam" anameofafile
	want "thrtrace --output=anam" anameofafile
	want "thrtrace -f cat anam" anameofafile
	want "thrtrace cat --no" "" # the program's own
}

# ---- zsh, on a terminal of its own ----
check_zsh() {
	mkdir functions && cp zsh functions/_thrtrace && ln -s "$thrtrace" thrtrace
	cat >ask.zsh <<'EOF'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1='' PROMPT2='' LISTMAX=0; unsetopt zle_bracketed_paste beep; TERM=dumb; stty -echo"
zpty -w z "fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' complete-word"
# The line as completed: a widget prints what the buffer has become.
zpty -w z "show() { zle complete-word; print -r -- \"<\$BUFFER>\" >>$PWD/answers; zle kill-whole-line }; zle -N show; bindkey '^X' show"
zpty -w z "path+=($PWD); print ready >>$PWD/answers"
for ((i = 0; i < 200; i++)); do [[ -s answers ]] && break; sleep 0.05; done
n=1
for line in "$@"; do
	zpty -w -n z "$line"$'\x18'
	((n++))
	for ((i = 0; i < 200; i++)); do (( $(wc -l <answers) >= n )) && break; sleep 0.05; done
done
zpty -d z
EOF
	zsh -f ask.zsh "thrtrace --quie" "thrtrace --notes=al" "thrtrace -e trace=%thread,!fut" "thrtrace -esignal=n" \
		"thrtrace --explain CLONE_VF" "thrtrace --resources err" "thrtrace -f --format mark" "thrtrace -f cat anam" </dev/null >zpty.out 2>&1
	cat >expected <<'EOF'
ready
<thrtrace --quiet >
<thrtrace --notes=all >
<thrtrace -e trace=%thread,!futex>
<thrtrace -esignal=none >
<thrtrace --explain CLONE_VFORK>
<thrtrace --resources errno >
<thrtrace -f --format markdown >
<thrtrace -f cat anameofafile >
EOF
	diff expected answers || bad "zsh completes otherwise"
}

# ---- fish, which can be asked ----
check_fish() {
	ask() { # line
		# shellcheck disable=SC2016 # they are fish's
		fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$dir/fish" "$1" | cut -f 1 | sort | tr '\n' ' ' | sed 's/ $//'
	}
	offers() { # line, all candidates
		local got
		got=$(ask "$1")
		[ "$got" = "$2" ] || bad "fish: '$1' gives '$got', not '$2'"
	}
	offers "thrtrace --no" "--no-seccomp --notes"
	offers "thrtrace --notes=" "--notes=all --notes=first --notes=none"
	offers "thrtrace --notes a" "all"
	offers "thrtrace -f --color al" "always"
	offers "thrtrace -e trace=clone" "trace=clone trace=clone3"
	offers "thrtrace -e trace=%thread,!fut" "trace=%thread,!futex"
	offers "thrtrace --expr=trace=clone" "--expr=trace=clone --expr=trace=clone3"
	offers "thrtrace -e %th" "%thread"
	offers "thrtrace -e signal=n" "signal=none"
	offers "thrtrace --explain CLONE_VF" "CLONE_VFORK"
	offers "thrtrace --explain CLONE_VM,CLONE_VF" "CLONE_VM,CLONE_VFORK"
	offers "thrtrace --explain x --ca" "--call"
	offers "thrtrace --flags CLONE_VF" "CLONE_VFORK"
	offers "thrtrace --resources err" "errno"
	THRTRACE_COMPLETES=1
	export THRTRACE_COMPLETES
	offers "thrtrace -E THRTRACE_COMPL" "THRTRACE_COMPLETES"
	offers "thrtrace -o anam" "anameofafile"
	offers "thrtrace -f cat anam" "anameofafile"
	offers "thrtrace -f -o out cat --help --nonsense-of-thrtr" "" # the program's own
	case " $(ask "thrtrace -o out -- ba") " in
	*" bash "*) ;;
	*) bad "fish: no program is offered behind --" ;;
	esac
}

case $shell in
bash) check_bash ;;
zsh) check_zsh ;;
fish) check_fish ;;
esac
exit $((fails > 0))
