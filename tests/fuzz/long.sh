#!/bin/sh
# SPDX-License-Identifier: MIT
# long.sh [SECONDS [TARGET...]]: every libFuzzer target (or those named: fuzz_call...) for SECONDS each (600), one after
# another, over its corpus. Builds them first (preset fuzz). What new inputs reach more is kept in
# build/fuzz/corpus/TARGET and read again next time; findings are kept in build/fuzz/findings. Fails when there was one.
# FUZZ_OPTIONS: more options of libFuzzer.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# = 0 ] || shift
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzzers -j "$(nproc)" >build/fuzz/build.log 2>&1 || { cat build/fuzz/build.log; exit 1; }
bin=build/fuzz/tests/fuzz
found=build/fuzz/findings
mkdir -p "$found"
# shellcheck disable=SC2046 # a list of words
[ $# != 0 ] || set -- $(basename -s .c tests/fuzz/fuzz_*.c)
status=0
for target; do
	mkdir -p "build/fuzz/corpus/$target"
	touch "$found/$target.log.begun"
	# A unit of 25 s is a hang.
	# shellcheck disable=SC2086 # a list of words
	if nice -n 19 "$bin/${target}_libfuzzer" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2048 -close_fd_mask=1 \
		-print_final_stats=1 -artifact_prefix="$found/$target-" ${FUZZ_OPTIONS:-} "build/fuzz/corpus/$target" \
		"tests/fuzz/corpus/$target" >"$found/$target.log" 2>&1; then
		echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$found/$target.log") inputs," \
			"$(grep -Eo 'cov: [0-9]+' "$found/$target.log" | tail -n 1), nothing found"
	else
		echo "$target: FOUND $(find "$found" -name "$target-*" -newer "$found/$target.log.begun"), see $found/$target.log"
		status=1
	fi
done
exit $status
