// Counts the lines and words of the text files in the working folder.
//
// To build it:  cc -O2 -o main main.c
//
// The host asks in lines of JSON-RPC on standard input and is answered on standard output. It writes
// `id` and `method` before anything that others may have a say in, so looking for them is enough
// here. A plugin that looks at its input needs a reader of JSON: link one.

#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void count(FILE *file, long *lines, long *words) {
    bool in_word = false;
    for (int c; (c = getc(file)) != EOF; in_word = !isspace(c)) {
        *lines += c == '\n';
        *words += !in_word && !isspace(c);
    }
}

static void run(long id) {
    glob_t found = {0};
    long lines = 0, words = 0, files = 0;
    glob("*.txt", 0, NULL, &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *file = fopen(found.gl_pathv[i], "r");
        if (!file) continue;
        count(file, &lines, &words);
        fclose(file);
        files++;
    }
    globfree(&found);
    if (files == 0) {
        printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"error\":{\"code\":-32000,"
               "\"message\":\"there is no text file here\",\"data\":{\"kind\":\"exception\"}}}\n", id);
        return;
    }
    printf("{\"jsonrpc\":\"2.0\",\"method\":\"log.write\",\"params\":{\"level\":\"info\","
           "\"message\":\"counted\",\"fields\":{\"files\":%ld}}}\n", files);
    printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"output\":{\"json\":"
           "{\"files\":%ld,\"lines\":%ld,\"words\":%ld}}}}\n", id, files, lines, words);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        const char *at = strstr(line, "\"id\":"), *method = strstr(line, "\"method\":\"");
        long id = at ? strtol(at + 5, NULL, 10) : 0;
        if (!method) continue;
        method += 10;
        if (!strncmp(method, "hello\"", 6))
            printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"protocol\":1,\"engine\":\"c\"}}\n", id);
        else if (!strncmp(method, "load\"", 5))
            printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"exports\":[\"run\"]}}\n", id);
        else if (!strncmp(method, "call\"", 5))
            run(id);
        else if (!strncmp(method, "shutdown\"", 9))
            break;
        fflush(stdout); // standard output is a pipe: what is kept back is no answer
    }
    free(line);
    return 0;
}
