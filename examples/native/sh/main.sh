#!/bin/sh
# Counts the lines and words of the text files in the working folder.
#
# The host asks in lines of JSON-RPC on standard input and is answered on standard output. It writes
# `id` and `method` before anything that others may have a say in, so cutting them out is enough
# here. A plugin that looks at its input needs a reader of JSON: take a language that has one.
set -eu

tell() { printf '{"jsonrpc":"2.0",%s}\n' "$1"; }

run() {
    files=0 lines=0 words=0
    for file in *.txt; do
        [ -f "$file" ] || continue
        # shellcheck disable=SC2046 # two numbers
        set -- $(wc -lw <"$file")
        files=$((files + 1)) lines=$((lines + $1)) words=$((words + $2))
    done
    if [ "$files" -eq 0 ]; then
        tell "\"id\":$id,\"error\":{\"code\":-32000,\"message\":\"there is no text file here\",\"data\":{\"kind\":\"exception\"}}"
        return
    fi
    tell "\"method\":\"log.write\",\"params\":{\"level\":\"info\",\"message\":\"counted\",\"fields\":{\"files\":$files}}"
    tell "\"id\":$id,\"result\":{\"output\":{\"json\":{\"files\":$files,\"lines\":$lines,\"words\":$words}}}"
}

while read -r line; do
    id=${line#*\"id\":} id=${id%%,*}
    method=${line#*\"method\":\"} method=${method%%\"*}
    case $method in
        hello) tell "\"id\":$id,\"result\":{\"protocol\":1,\"engine\":\"sh\"}" ;;
        load) tell "\"id\":$id,\"result\":{\"exports\":[\"run\"]}" ;;
        call) run ;;
        shutdown) exit ;;
    esac
done
