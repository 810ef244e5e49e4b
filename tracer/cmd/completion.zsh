#compdef thrtrace
#@head
# SPDX-License-Identifier: MIT

typeset -ga _thrtrace_calls _thrtrace_flags _thrtrace_resources _thrtrace_findings _thrtrace_lessons _thrtrace_runtimes _thrtrace_words
#@calls
#@flags
#@resources
#@findings
#@lessons
#@runtimes
#@words

# The last of a list with commas, behind its marks.
_thrtrace_list() {
	compset -P '*,'
	compset -P '[?!]#'
	compadd -S '' -a "$1"
}

_thrtrace_kinds() {
	compset -P '*,'
	compadd -S '' error warning note none $_thrtrace_findings
}

_thrtrace_kind() {
	compadd -S ':' -a _thrtrace_findings
}

_thrtrace_expr() {
	if compset -P 'signal='; then
		compadd all none
	elif compset -P 'status='; then
		compadd all failed successful
	elif compset -P '(inject|fault)='; then
		_thrtrace_list _thrtrace_calls
	elif compset -P '(t|trace)='; then
		_thrtrace_list _thrtrace_calls
	else
		compadd -S '' trace= signal= status= inject= fault=
		_thrtrace_list _thrtrace_calls
	fi
}

_thrtrace_lesson() {
	compadd -a _thrtrace_lessons
}

# What the command is about, else the program to be traced and its arguments.
_thrtrace_first() {
	if (( ${words[(I)--(snapshot|watch|shared)]} )); then
		_pids
	elif (( ${words[(I)--findings]} )); then
		compadd -a _thrtrace_findings
	elif (( ${words[(I)--lesson]} )); then
		compadd -a _thrtrace_lessons
	elif (( ${words[(I)--roles]} )); then
		compadd -a _thrtrace_runtimes
	elif (( ${words[(I)--resources]} )); then
		compadd -a _thrtrace_resources
	elif (( ${#words:*_thrtrace_words} )); then
		_thrtrace_list _thrtrace_flags
	else
		_command_names -e
	fi
}

_thrtrace() {
	local -a specs
	specs=(
		#@specs
	)
	if (( ${#words:*_thrtrace_words} )); then
		specs+=('*:word:_thrtrace_first')
	else
		specs+=('(-)1:program:_thrtrace_first' '*::argument:_normal')
	fi
	_arguments -s -S $specs
}

# Autoloaded from a directory of functions, or read by source.
if [[ $funcstack[1] == _thrtrace ]]; then
	_thrtrace "$@"
else
	compdef _thrtrace thrtrace
fi
