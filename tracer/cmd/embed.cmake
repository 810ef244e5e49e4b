# SPDX-License-Identifier: MIT
# cmake -D OUT=FILE.c -D DIR=FOLDER -D SHELLS=bash,zsh -P embed.cmake: each FOLDER/completion.SHELL as a C string.
string(REPLACE "," ";" shells "${SHELLS}")
set(code "/* Made of completion.{${SHELLS}} by embed.cmake. */\n#include \"cmd/completion_scripts.h\"\n")
foreach(shell IN LISTS shells)
	file(READ ${DIR}/completion.${shell} bytes HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(APPEND code "\nconst char completion_${shell}[] = {\n${bytes} 0\n};\n")
endforeach()
file(WRITE ${OUT} "${code}")
