# toolchain.cmake: the compiler of an installed board; find_package(v6nf) then finds the package that this file is in.
# With V6NF_BOARD_DIR, the compiler of that board, which is outside the tree and uses the package's library.
set(V6NF_BOARD_DIR "${V6NF_BOARD_DIR}" CACHE PATH "Directory of a board outside the tree")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES V6NF_BOARD_DIR)
if(V6NF_BOARD_DIR)
    include(${V6NF_BOARD_DIR}/toolchain.cmake)
else()
    include(${CMAKE_CURRENT_LIST_DIR}/compiler.cmake)
endif()
set(v6nf_DIR ${CMAKE_CURRENT_LIST_DIR})
