# An ARM microcontroller without operating system: cmake --toolchain env/arm-none-eabi/toolchain.cmake
# -DCMAKE_C_FLAGS="-mcpu=... -mthumb"; the preset cortex-m4 is one such build. Debian: gcc-arm-none-eabi.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
# No program links without the board's start-up code and linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# A board's programs and libraries are not this machine's.
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
