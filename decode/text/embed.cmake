# SPDX-License-Identifier: MIT
# cmake -D OUT=FILE.c -D HEADER=DECLARED_IN.h -D DIR=FOLDER -D FILES=a.b,c.d -P embed.cmake: each FOLDER/NAME.EXT as a C
# string NAME_EXT.
string(REPLACE "," ";" files "${FILES}")
set(code "/* Made of ${FILES} by embed.cmake. */\n#include \"${HEADER}\"\n")
foreach(file IN LISTS files)
	file(READ ${DIR}/${file} bytes HEX)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(REPLACE "." "_" name "${file}")
	string(APPEND code "\nconst char ${name}[] = {\n${bytes} 0\n};\n")
endforeach()
file(WRITE ${OUT} "${code}")
