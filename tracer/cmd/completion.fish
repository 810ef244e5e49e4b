#@head
# SPDX-License-Identifier: MIT

#@valued
#@words
#@calls
#@flags
#@resources
#@findings
#@lessons
#@runtimes

# What has been typed of a value: behind --expr= or -e, if they are one word with it.
function __thrtrace_typed
	string replace -r -- '^(--[a-z-]+=|-[a-zA-Z])' '' (commandline -ct)
end

# The last of a list with commas, its marks kept.
function __thrtrace_list
	set -l before (string match -r -- '^(?:t=|trace=|inject=|fault=)?(?:.*,)?[!?]*' (__thrtrace_typed))
	printf '%s\n' $before$argv
end

function __thrtrace_expr
	switch (__thrtrace_typed)
		case 'signal=*'
			printf '%s\n' signal=all signal=none
		case 'status=*'
			printf '%s\n' status=all status=failed status=successful
		case '*=*' '*,*'
			__thrtrace_list $__thrtrace_calls
		case '*'
			printf '%s\n' trace= signal= status= inject= fault=
			__thrtrace_list $__thrtrace_calls
	end
end

# The command is about the words that follow.
function __thrtrace_about_words
	for word in (commandline -opc)
		contains -- $word $__thrtrace_words; and return 0
	end
	return 1
end

# No program has been named yet: options are thrtrace's.
function __thrtrace_own
	__thrtrace_about_words; and return 0
	set -l value no
	for word in (commandline -opc)[2..]
		if test $value = yes
			set value no
		else if test "$word" = --
			return 1
		else if contains -- $word $__thrtrace_valued
			set value yes
		else if not string match -q -- '-*' $word
			return 1
		end
	end
	return 0
end

function __thrtrace_word
	if contains -- --snapshot (commandline -opc); or contains -- --watch (commandline -opc); or contains -- --shared (commandline -opc)
		__fish_complete_pids
	else if contains -- --findings (commandline -opc)
		printf '%s\n' $__thrtrace_findings
	else if contains -- --lesson (commandline -opc)
		printf '%s\n' $__thrtrace_lessons
	else if contains -- --roles (commandline -opc)
		printf '%s\n' $__thrtrace_runtimes
	else if contains -- --resources (commandline -opc)
		printf '%s\n' $__thrtrace_resources
	else
		__thrtrace_list $__thrtrace_flags
	end
end

complete -c thrtrace -n __thrtrace_about_words -xa '(__thrtrace_word)'
complete -c thrtrace -n 'not __thrtrace_about_words' -xa '(__fish_complete_subcommand $__thrtrace_valued)'
#@specs
