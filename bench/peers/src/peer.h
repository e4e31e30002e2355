/* What the peers have in common: they read a stream from a file, parse it in
 * pieces a number of times, and print a line of JSON: the least processor time
 * of a pass in nanoseconds, and what a pass counted.
 *
 *   PEER STREAM ENDS PIECE PASSES
 *
 * ENDS is a file with a number in each line: where the pieces end when PIECE
 * is 0. Otherwise PIECE is their size in bytes.
 */
#ifndef PEER_H
#define PEER_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct counts {
	long elements;   /* start tags, the stream's own included */
	long attributes; /* without namespace declarations */
	long text;       /* bytes of character data, references resolved */
	long stanzas;    /* elements of the first level */
	int depth;
};

/* start and end count an element. */
static inline void start(struct counts *c, long attributes)
{
	c->elements++;
	c->attributes += attributes;
	c->stanzas += ++c->depth == 2;
}

static inline void end(struct counts *c) { c->depth--; }

static _Noreturn void die(const char *format, ...)
{
	va_list a;
	va_start(a, format);
	vfprintf(stderr, format, a);
	va_end(a);
	fputc('\n', stderr);
	exit(1);
}

struct stream {
	char *bytes;
	size_t size;
	size_t *ends; /* of the pieces */
	size_t pieces;
};

/* What each peer defines. */
static const char *peer_name(void);
static void peer_parse(const struct stream *s, struct counts *c); /* one pass with a fresh parser; dies when there is an error */

static char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		die("%s: cannot be read", path);
	*size = ftell(f);
	rewind(f);
	char *b = malloc(*size + 1);
	if (!b || fread(b, 1, *size, f) != *size)
		die("%s: cannot be read", path);
	b[*size] = 0;
	fclose(f);
	return b;
}

static void cut(struct stream *s, const char *path, size_t piece)
{
	size_t n, most = piece ? s->size / piece + 1 : s->size + 1;
	s->ends = malloc(most * sizeof *s->ends);
	if (!s->ends)
		die("no memory");
	if (piece) {
		for (size_t at = 0; at < s->size; s->ends[s->pieces++] = at)
			at = at + piece < s->size ? at + piece : s->size;
		return;
	}
	char *text = read_file(path, &n), *next;
	for (char *p = text;; p = next) {
		size_t at = strtoul(p, &next, 10);
		if (next == p)
			break;
		if (at > s->size || (s->pieces && at < s->ends[s->pieces - 1]) || s->pieces == most)
			die("%s: %zu is not in its place", path, at);
		s->ends[s->pieces++] = at;
	}
	free(text);
	if (!s->pieces || s->ends[s->pieces - 1] != s->size)
		die("%s: does not end where the stream does", path);
}

static long long processor_time(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		die("usage: %s STREAM ENDS PIECE PASSES", argv[0]);
	struct stream s = {0};
	s.bytes = read_file(argv[1], &s.size);
	cut(&s, argv[2], strtoul(argv[3], NULL, 10));
	struct counts c = {0};
	long long best = 0;
	for (int i = 0, passes = atoi(argv[4]); i < passes; i++) {
		c = (struct counts){0};
		long long from = processor_time();
		peer_parse(&s, &c);
		long long took = processor_time() - from;
		if (i == 0 || took < best)
			best = took;
	}
	printf("{\"Version\":\"%s\",\"Best\":%lld,\"Counts\":{\"Elements\":%ld,\"Attributes\":%ld,\"Text\":%ld,\"Stanzas\":%ld}}\n",
	       peer_name(), best, c.elements, c.attributes, c.text, c.stanzas);
	return 0;
}

#endif
