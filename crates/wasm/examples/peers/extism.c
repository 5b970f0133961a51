/* Measures Extism's library, and prints one JSON object: the median of batches, in nanoseconds a call.
 *
 *     extism MODULE.wasm
 *
 * The module has `nop`, `echo`, which gives its input back in one piece, and `copy`, which reads and
 * writes it through its own memory, as the kits for Extism's plugins do. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As in extism.h. */
typedef struct ExtismPlugin ExtismPlugin;
extern ExtismPlugin *extism_plugin_new(const uint8_t *wasm, uint64_t size, const void **functions,
                                       uint64_t count, int wasi, char **error);
extern void extism_plugin_free(ExtismPlugin *plugin);
extern int32_t extism_plugin_call(ExtismPlugin *plugin, const char *name, const uint8_t *data,
                                  uint64_t size);
extern uint64_t extism_plugin_output_length(ExtismPlugin *plugin);
extern const uint8_t *extism_plugin_output_data(ExtismPlugin *plugin);

enum { BATCHES = 41 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int ascending(const void *one, const void *other) {
  double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

static void call(ExtismPlugin *plugin, const char *name, const uint8_t *data, uint64_t size,
                 uint8_t *out) {
  if (extism_plugin_call(plugin, name, data, size) != 0) {
    fprintf(stderr, "%s failed\n", name);
    exit(1);
  }
  uint64_t got = extism_plugin_output_length(plugin);
  memcpy(out, extism_plugin_output_data(plugin), got);
  if (strcmp(name, "nop") != 0 && (got != size || memcmp(out, data, size) != 0)) {
    fprintf(stderr, "%s gave something else\n", name);
    exit(1);
  }
}

static double median(ExtismPlugin *plugin, const char *name, uint64_t size) {
  uint8_t *data = malloc(size + 1), *out = malloc(size + 1);
  for (uint64_t at = 0; at < size; at++) {
    data[at] = (uint8_t)(at * 7 + 1);
  }
  call(plugin, name, data, size, out);
  double began = now();
  call(plugin, name, data, size, out);
  long count = (long)(2e6 / (now() - began)) + 1;
  double batches[BATCHES];
  for (int batch = 0; batch < BATCHES; batch++) {
    began = now();
    for (long each = 0; each < count; each++) {
      call(plugin, name, data, size, out);
    }
    batches[batch] = (now() - began) / (double)count;
  }
  qsort(batches, BATCHES, sizeof batches[0], ascending);
  free(data);
  free(out);
  return batches[BATCHES / 2];
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  static uint8_t wasm[1 << 16];
  size_t size = file ? fread(wasm, 1, sizeof wasm, file) : 0;
  char *error = NULL;
  ExtismPlugin *plugin = size ? extism_plugin_new(wasm, size, NULL, 0, 0, &error) : NULL;
  if (!plugin) {
    fprintf(stderr, "no plugin: %s\n", error ? error : "no module");
    return 1;
  }
  double made[BATCHES];
  for (int each = 0; each < BATCHES; each++) {
    double began = now();
    ExtismPlugin *other = extism_plugin_new(wasm, size, NULL, 0, 0, &error);
    uint8_t out[1];
    call(other, "nop", wasm, 0, out);
    made[each] = now() - began;
    extism_plugin_free(other);
  }
  qsort(made, BATCHES, sizeof made[0], ascending);
  printf("{\"new_and_nop\":%.1f,\"nop\":%.1f", made[BATCHES / 2], median(plugin, "nop", 0));
  for (int each = 0; each < 3; each++) {
    uint64_t bytes = (uint64_t[]){64, 4096, 1 << 20}[each];
    printf(",\"echo_%lu\":%.1f", (unsigned long)bytes, median(plugin, "echo", bytes));
    printf(",\"copy_%lu\":%.1f", (unsigned long)bytes, median(plugin, "copy", bytes));
  }
  printf("}\n");
  return 0;
}
