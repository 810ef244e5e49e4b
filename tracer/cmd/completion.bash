#@head
# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154

#@options
#@letters
#@words
#@calls
#@flags
#@resources
#@findings
#@lessons
#@runtimes

# Candidates: a prefix, before each of the words that begin with what has been typed.
_thrtrace_add()
{
	local word IFS=$' \t\n'
	for word in $2; do
		if [[ $word == "$3"* ]]; then
			COMPREPLY+=("$1$word")
		fi
	done
}

# The last of a list with commas, its marks kept: words, prefix, what has been typed.
_thrtrace_list()
{
	local last=${3##*,} marks
	marks=${last%%[^!?]*}
	_thrtrace_add "$2${3%"$last"}$marks" "$1" "${last#"$marks"}"
}

_thrtrace_expr()
{
	case $1 in
	signal=*) _thrtrace_add signal= 'all none' "${1#*=}" ;;
	status=*) _thrtrace_add status= 'all failed successful' "${1#*=}" ;;
	inject=* | fault=*) _thrtrace_list "$_thrtrace_calls" "${1%%=*}=" "${1#*=}" ;;
	trace=* | t=*) _thrtrace_list "$_thrtrace_calls" "${1%%=*}=" "${1#*=}" ;;
	*)
		_thrtrace_add '' 'trace= signal= status= inject= fault=' "$1"
		_thrtrace_list "$_thrtrace_calls" '' "$1"
		;;
	esac
}

_thrtrace_files()
{
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

# The traced program and its arguments, which begin at that word.
_thrtrace_program()
{
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$1"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif (($1 == COMP_CWORD)) && [[ $2 != */* ]]; then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	else
		_thrtrace_files "$2"
	fi
}

# An option, and what has been typed of its value; fails when it takes none.
_thrtrace_value()
{
	case $1 in
	#@values
	*) return 1 ;;
	esac
}

_thrtrace()
{
	local words=() starts=() rest=$COMP_LINE i word option='' about_words='' prefix='' value
	COMPREPLY=()
	# The shell may have split words at "=": they are put together again where no blank is between.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
			words+=("$word") starts+=("$i")
		else
			words[${#words[@]} - 1]+=$word
		fi
		rest=${rest#*"$word"}
	done
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [[ $option ]]; then
			option=''
		elif [[ $word == -- ]]; then
			_thrtrace_program "${starts[i + 1]}" "${words[-1]}"
			return
		elif [[ " $_thrtrace_words " == *" $word "* ]]; then
			about_words=$word
		elif [[ " $_thrtrace_options" == *" $word= "* ]]; then
			option=$word
		elif [[ $word =~ ^-[^-$_thrtrace_letters]*([$_thrtrace_letters])$ ]]; then
			option=-${BASH_REMATCH[1]}
		elif [[ $word != -?* && ! $about_words ]]; then
			_thrtrace_program "${starts[i]}" "${words[-1]}"
			return
		fi
	done
	word=${words[-1]} value=$word
	if [[ ! $option && $word == --*=* ]]; then
		option=${word%%=*} value=${word#*=} prefix=$option=
	elif [[ ! $option && $word =~ ^(-[^-$_thrtrace_letters]*([$_thrtrace_letters]))(.+)$ ]]; then
		option=-${BASH_REMATCH[2]} value=${BASH_REMATCH[3]} prefix=${BASH_REMATCH[1]}
	fi
	if [[ $option ]]; then
		_thrtrace_value "$option" "$value" || return
	elif [[ $word == -* ]]; then
		_thrtrace_add '' "$_thrtrace_options" "$word"
	elif [[ $about_words == --snapshot || $about_words == --watch || $about_words == --shared ]]; then
		_thrtrace_add '' "$(cd /proc && echo [0-9]* && cat [0-9]*/comm 2>/dev/null)" "$word"
	elif [[ $about_words == --findings ]]; then
		_thrtrace_add '' "$_thrtrace_findings" "$word"
	elif [[ $about_words == --lesson ]]; then
		_thrtrace_add '' "$_thrtrace_lessons" "$word"
	elif [[ $about_words == --roles ]]; then
		_thrtrace_add '' "$_thrtrace_runtimes" "$word"
	elif [[ $about_words == --resources ]]; then
		_thrtrace_add '' "$_thrtrace_resources" "$word"
	elif [[ $about_words ]]; then
		_thrtrace_list "$_thrtrace_flags" '' "$word"
	else
		_thrtrace_program "${starts[-1]}" "$word"
		return
	fi
	COMPREPLY=("${COMPREPLY[@]/#/$prefix}")
	# Where the shell splits at "=", it replaces only what follows the last one.
	if [[ $COMP_WORDBREAKS == *=* && $word == *=* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*=}"}"}")
	fi
	if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}
complete -F _thrtrace thrtrace
