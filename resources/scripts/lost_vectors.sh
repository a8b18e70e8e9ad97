#!/usr/bin/env bash
# Finds kernels of the CPU that lost their vectors: a closure or method that was not inlined is compiled for the oldest
# processor, and each instruction of its vectors becomes a call. Give it a built program (x86-64, not stripped).
set -euo pipefail

program="${1:?usage: lost_vectors.sh PROGRAM}"
lost=$(objdump --disassemble --no-show-raw-insn --demangle "$program" | awk '
  /^[0-9a-f]+ <.*>:$/ { caller = substr($0, index($0, "<")) }
  /call .*<core::core_arch::x86::(avx|fma)/ && caller ~ /pg_cpu|pulp|core::array::<impl \[T; N\]>::map/ { print caller }
  /call .*<pulp::Simd::/ && caller ~ /pulp::x86/ { print caller " " $NF }
' | sort | uniq -c)
if [ -n "$lost" ]; then
  printf 'kernels that call single vector instructions; mark what they call #[inline(always)]:\n%s\n' "$lost" >&2
  exit 1
fi
