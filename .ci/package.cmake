# SPDX-License-Identifier: MIT
# What Debian's policy wants of a package beyond the files that are installed; cpack runs it before it packs a .deb.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
	return()
endif()
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(doc ${share}/doc/${CPACK_PACKAGE_NAME})

file(READ ${doc}/LICENSE licence)
string(REGEX REPLACE "^MIT License\n\n(Copyright [^\n]*)\n\n" "" licence "${licence}")
string(STRIP "${licence}" licence)
string(REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REPLACE "\n" "\n " licence "${licence}")
file(WRITE ${doc}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: thrtrace

Files: *
Copyright: 2026 the thrtrace authors
License: Expat

License: Expat
 ${licence}
")
file(REMOVE ${doc}/LICENSE)

execute_process(COMMAND date -R -d @${CPACK_THRTRACE_EPOCH} OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE
	COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog "thrtrace (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What is new stands in NEWS.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions) # where Debian's zsh looks below /usr
file(RENAME ${doc}/CHANGELOG.md ${doc}/NEWS)
file(GLOB pages ${share}/man/man*/*)
execute_process(COMMAND gzip -9n ${pages} ${doc}/changelog ${doc}/NEWS COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE files ${share}/*)
foreach(file IN LISTS files)
	file(CHMOD ${file} PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
