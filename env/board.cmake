# board.cmake: the target v6nf::board. The library's own build uses this file; a package has a copy of it, for programs.

# Make v6nf_board of a board's object files: what a program compiles and links with. `directory` holds link.ld.
function(v6nf_link_board objects directory)
    add_library(v6nf_board INTERFACE)
    add_library(v6nf::board ALIAS v6nf_board)
    # The flags of the toolchain file, for a program that sets CMAKE_C_FLAGS, too: that replaces them.
    separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS_INIT}")
    target_compile_options(v6nf_board INTERFACE $<$<COMPILE_LANGUAGE:C,CXX>:${flags} -ffreestanding>)
    # Objects, not an archive: nothing refers to start-up code but the linker script. --gc-sections drops what is not
    # used. The compiler's own library has what the CPU has no instruction for (GCC manual, 2.1).
    target_link_libraries(v6nf_board INTERFACE ${objects} v6nf::v6nf gcc)
    target_link_options(v6nf_board INTERFACE ${flags} -nostdlib -static -no-pie -Wl,--gc-sections -Wl,--build-id=none
                        -Wl,-z,max-page-size=4096 -T ${directory}/link.ld)
    set_property(TARGET v6nf_board PROPERTY INTERFACE_LINK_DEPENDS ${directory}/link.ld)
endfunction()

# Compile the board in `directory`, and the files of `shared` but those that the board has under the same name.
function(v6nf_add_board directory shared)
    file(GLOB sources CONFIGURE_DEPENDS ${directory}/*.c ${directory}/*.S)
    file(GLOB shared_sources CONFIGURE_DEPENDS ${shared}/*.c)
    foreach(source IN LISTS shared_sources)
        cmake_path(GET source FILENAME name)
        if(NOT EXISTS ${directory}/${name})
            list(APPEND sources ${source})
        endif()
    endforeach()
    add_library(v6nf_board_files OBJECT ${sources})
    set_target_properties(v6nf_board_files PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
    target_include_directories(v6nf_board_files PRIVATE ${shared})
    # gcc replaces the loop in memcpy() by a call of memcpy().
    separate_arguments(flags NATIVE_COMMAND "${CMAKE_C_FLAGS_INIT}")
    target_compile_options(v6nf_board_files PRIVATE
                           $<$<COMPILE_LANGUAGE:C>:${flags} -ffreestanding -fno-tree-loop-distribute-patterns>)
    target_link_libraries(v6nf_board_files PRIVATE v6nf::v6nf)
    v6nf_link_board($<TARGET_OBJECTS:v6nf_board_files> ${directory})
    add_dependencies(v6nf_board v6nf_board_files)
endfunction()
