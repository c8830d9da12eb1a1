# package_files.cmake: what Debian wants of the files of a package, done before cpack packs them: programs are stripped,
# man pages compressed, and each package has its copyright and changelog.
foreach(component tools dev)
    set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component}/usr)
    string(TOUPPER ${component} upper)
    set(documents ${root}/share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
    file(MAKE_DIRECTORY ${documents})
    file(READ ${CMAKE_CURRENT_LIST_DIR}/../LICENSE license)
    file(WRITE ${documents}/copyright "${license}")
    string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
    file(WRITE ${documents}/changelog
         "libv6nf (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
         "  * CHANGELOG.md lists what has changed.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
    file(COPY ${CMAKE_CURRENT_LIST_DIR}/../CHANGELOG.md DESTINATION ${documents} NO_SOURCE_PERMISSIONS)
    file(GLOB_RECURSE texts ${root}/share/man/* ${documents}/changelog ${documents}/CHANGELOG.md)
    execute_process(COMMAND gzip -9nf ${texts} COMMAND_ERROR_IS_FATAL ANY)
    file(GLOB programs ${root}/bin/*)
    foreach(program IN LISTS programs)
        execute_process(COMMAND ${CPACK_STRIP_PROGRAM} --strip-unneeded -R .comment -R .note ${program}
                        COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
endforeach()
