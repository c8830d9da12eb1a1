# The board to be: a compiler, and what it must know of the CPU. The preset in CMakePresets.json has the folder's name.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR template)
set(CMAKE_C_COMPILER gcc) # the board's, riscv64-linux-gnu-gcc for example
# No program links without the board's start-up code and linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
