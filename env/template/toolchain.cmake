# A new board: its compiler, and the flags for its CPU.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR template)
set(CMAKE_C_COMPILER gcc) # the board's, riscv64-linux-gnu-gcc for example
# Without the board's start-up code and linker script, no program links.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT "-fno-pic -fno-stack-protector -ffunction-sections")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic")
