# package.cmake: Debian packages: cmake --workflow --preset package. v6nf-tools has the programs and their man pages,
# libv6nf-dev the libraries, headers, and files for CMake and pkg-config.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME libv6nf)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
# Who makes the packages, as Debian's tools learn it.
set(CPACK_PACKAGE_CONTACT "libv6nf contributors <packages@libv6nf.example>")
if(DEFINED ENV{DEBEMAIL} AND DEFINED ENV{DEBFULLNAME})
    set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL tools dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE libv6nf)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES OFF) # package_files.cmake does it, in programs alone
set(CPACK_STRIP_PROGRAM ${CMAKE_STRIP})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/package_files.cmake)

set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME v6nf-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
"v6nf-echo answers ping and returns UDP datagrams, and v6nf-ping pings an
address. Each is an IPv6 host of its own, on a TAP interface or on a network
card that it drives itself. The network stack of the kernel is not used.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libv6nf-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_DESCRIPTION
"An IPv6 library in freestanding C for network functions on bare metal, on
microkernels or in a Linux process. It has drivers for network cards, a host
as RFC 8504 describes it, and a loop that runs each packet to completion.

This package has the static libraries, the headers, and files for CMake and
pkg-config.")

include(CPack)
