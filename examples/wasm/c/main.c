// Counts the bytes, lines and words of standard input, and of the files that its arguments name.
// An ordinary program: it knows nothing of plugins.

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long bytes, lines, words;

static void count(int file) {
  char piece[4096];
  int within = 0;
  ssize_t got;
  while ((got = read(file, piece, sizeof piece)) > 0) {
    bytes += (unsigned long)got;
    for (ssize_t at = 0; at < got; at++) {
      int blank = strchr(" \n\t\r", piece[at]) != NULL;
      lines += piece[at] == '\n';
      words += !blank && !within;
      within = !blank;
    }
  }
}

static void say(const char *text) { (void)!write(1, text, strlen(text)); }

static void number(unsigned long value) {
  char digits[21], *at = digits + 20;
  *at = '\0';
  do {
    *--at = (char)('0' + value % 10);
  } while (value /= 10);
  say(at);
}

int main(int argc, char **argv) {
  if (argc < 2) {
    count(0);
  }
  for (int at = 1; at < argc; at++) {
    int file = open(argv[at], O_RDONLY);
    if (file < 0) {
      static const char why[] = "cannot be opened\n";
      (void)!write(2, why, sizeof why - 1);
      return 1;
    }
    count(file);
    close(file);
  }
  say("{\"bytes\":");
  number(bytes);
  say(",\"lines\":");
  number(lines);
  say(",\"words\":");
  number(words);
  say("}\n");
  return 0;
}
