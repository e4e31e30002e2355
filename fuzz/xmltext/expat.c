//go:build ignore

/*
 * Reads streams with expat and says what it makes of them. TestExpat builds and runs it:
 *
 *	cc -O2 -o expat expat.c -lexpat
 *
 * A request is the length of a stream, four bytes with the highest first, a byte of flags, and the stream. The answer has 17 bytes: the verdict, the number
 * of complete first-level elements in four bytes, a hash of them in eight, the length of a text in four; and the text. All numbers have
 * the highest byte first. The flags: 1, with the text; 2, the answers are to be sent now.
 *
 * The text is the reason for a refusal, and then, each after a NUL, the elements as Infoset writes them. The hash is FNV-1a, 64 bits, of the elements, each
 * with its NUL. "unfinished" means that the data ends inside a token: expat judges whole ones.
 */
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verdict { ACCEPT, UNFINISHED, REJECT };
enum { WITH_TEXT = 1, SEND_NOW = 2 };
enum { SEPARATOR = 1 }; /* between a namespace and a name: no character of XML */

/* bytes that grow. */
struct bytes {
	char *at;
	size_t n, room;
};

static void reserve(struct bytes *b, size_t more)
{
	if (b->n + more <= b->room)
		return;
	b->room = 2 * b->room + more + 4096;
	b->at = realloc(b->at, b->room);
	if (!b->at) {
		perror("expat oracle");
		exit(1);
	}
}

static void put(struct bytes *b, const char *s, size_t n)
{
	if (n == 0)
		return;
	reserve(b, n);
	memcpy(b->at + b->n, s, n);
	b->n += n;
}

static void put_string(struct bytes *b, const char *s) { put(b, s, strlen(s)); }

static void put_number(struct bytes *b, size_t n)
{
	char digits[24];
	put(b, digits, (size_t)snprintf(digits, sizeof digits, "%zu", n));
}

/* One stream. */
static XML_Parser parser;
static int depth;             /* of open elements, the header's included */
static int over;              /* the stream was closed or refused */
static const char *reason;    /* why it was refused */
static uint32_t elements;     /* complete */
static struct bytes infoset;  /* of them, and of the one that is being read */
static size_t complete;       /* bytes of infoset that are of complete elements */
static struct bytes text;     /* not yet in infoset */

static void stop(const char *why)
{
	if (!over) {
		over = 1;
		reason = why;
		XML_StopParser(parser, XML_FALSE);
	}
}

/* put_text ends the text before a tag. */
static void put_text(void)
{
	if (text.n == 0)
		return;
	put_string(&infoset, "t");
	put_number(&infoset, text.n);
	put_string(&infoset, ":");
	put(&infoset, text.at, text.n);
	text.n = 0;
}

/* put_name writes {namespace}local. */
static void put_name(struct bytes *b, const char *name)
{
	const char *local = strrchr(name, SEPARATOR);
	put_string(b, "{");
	if (local)
		put(b, name, (size_t)(local - name));
	put_string(b, "}");
	put_string(b, local ? local + 1 : name);
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* put_attributes writes them in the order of what is written. */
static void put_attributes(const XML_Char **attributes)
{
	static struct bytes all;
	static size_t *starts;
	static char **sorted;
	static size_t room;
	size_t n = 0, i;
	while (attributes[2 * n])
		n++;
	if (n == 0)
		return;
	if (n > room) {
		room = 2 * n;
		starts = realloc(starts, room * sizeof *starts);
		sorted = realloc(sorted, room * sizeof *sorted);
	}
	all.n = 0;
	for (i = 0; i < n; i++) {
		starts[i] = all.n;
		put_string(&all, " ");
		put_name(&all, attributes[2 * i]);
		put_string(&all, "=");
		put_number(&all, strlen(attributes[2 * i + 1]));
		put_string(&all, ":");
		put(&all, attributes[2 * i + 1], strlen(attributes[2 * i + 1]) + 1);
	}
	for (i = 0; i < n; i++)
		sorted[i] = all.at + starts[i];
	qsort(sorted, n, sizeof *sorted, compare);
	for (i = 0; i < n; i++)
		put_string(&infoset, sorted[i]);
}

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	(void)user;
	if (over || ++depth == 1)
		return;
	put_text();
	put_string(&infoset, "<");
	put_name(&infoset, name);
	put_attributes(attributes);
	put_string(&infoset, ">");
}

static void on_end(void *user, const XML_Char *name)
{
	(void)user, (void)name;
	if (over)
		return;
	if (--depth == 0) {
		stop(NULL);
		return;
	}
	put_text();
	put_string(&infoset, "</>");
	if (depth == 1) {
		put(&infoset, "", 1);
		complete = infoset.n;
		elements++;
	}
}

static void on_text(void *user, const XML_Char *s, int n)
{
	(void)user;
	if (over)
		return;
	if (depth > 1) {
		put(&text, s, (size_t)n);
		return;
	}
	for (; n > 0; s++, n--)
		if (!strchr(" \t\r\n", *s))
			stop("text between elements");
}

static void on_cdata(void *user)
{
	(void)user;
	if (depth < 2)
		stop("CDATA between elements");
}

static void on_cdata_end(void *user) { (void)user; }

static int same_but_for_case(const char *a, const char *lower)
{
	for (; *a && *lower; a++, lower++)
		if ((*a >= 'A' && *a <= 'Z' ? *a + 32 : *a) != *lower)
			return 0;
	return *a == *lower;
}

static void on_declaration(void *user, const XML_Char *version, const XML_Char *encoding, int standalone)
{
	(void)user, (void)standalone;
	if (!version || strncmp(version, "1.", 2) || !version[2] || version[2 + strspn(version + 2, "0123456789")])
		stop("version");
	if (encoding && !same_but_for_case(encoding, "utf-8"))
		stop("encoding");
}

static void on_comment(void *user, const XML_Char *s) { (void)user, (void)s, stop("restricted"); }

static void on_instruction(void *user, const XML_Char *target, const XML_Char *s)
{
	(void)user, (void)target, (void)s;
	stop("restricted");
}

static void on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public, int subset)
{
	(void)user, (void)name, (void)system, (void)public, (void)subset;
	stop("restricted");
}

static void on_skipped(void *user, const XML_Char *name, int parameter)
{
	(void)user, (void)name, (void)parameter;
	stop("restricted");
}

/* begin makes everything ready for a stream. */
static void begin(void)
{
	if (!parser)
		parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
	else
		XML_ParserReset(parser, "UTF-8");
	if (!parser || !XML_SetHashSalt(parser, 1)) {
		fputs("expat oracle: no parser\n", stderr);
		exit(1);
	}
#if XML_MAJOR_VERSION > 2 || XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 6
	XML_SetReparseDeferralEnabled(parser, XML_FALSE);
#endif
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetCdataSectionHandler(parser, on_cdata, on_cdata_end);
	XML_SetXmlDeclHandler(parser, on_declaration);
	XML_SetCommentHandler(parser, on_comment);
	XML_SetProcessingInstructionHandler(parser, on_instruction);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	XML_SetSkippedEntityHandler(parser, on_skipped);
	depth = over = 0;
	reason = NULL;
	elements = 0;
	infoset.n = complete = text.n = 0;
}

/* is_other_encoding: expat would take a byte order mark, or find another encoding by it. */
static int is_other_encoding(const char *s, size_t n)
{
	return (n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) || (n >= 2 && (!memcmp(s, "\xff\xfe", 2) || !memcmp(s, "\xfe\xff", 2))) || memchr(s, 0, n < 2 ? n : 2);
}

static enum verdict judge(const char *s, size_t n)
{
	enum XML_Error e;
	begin();
	if (is_other_encoding(s, n)) {
		reason = "byte order mark or UTF-16";
		return REJECT;
	}
	if (XML_Parse(parser, s, (int)n, 0) != XML_STATUS_OK && !over) {
		reason = XML_ErrorString(XML_GetErrorCode(parser));
		return REJECT;
	}
	if (over)
		return reason ? REJECT : ACCEPT;
	if (depth == 0 && XML_GetCurrentByteIndex(parser) < (XML_Index)n)
		return UNFINISHED; /* before the header expat tells of no such error */
	if (XML_Parse(parser, s, 0, 1) == XML_STATUS_OK)
		return ACCEPT;
	if (over)
		return reason ? REJECT : ACCEPT;
	e = XML_GetErrorCode(parser);
	return e == XML_ERROR_UNCLOSED_TOKEN || e == XML_ERROR_PARTIAL_CHAR ? UNFINISHED : ACCEPT;
}

static uint64_t hash(const char *s, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	for (; n > 0; s++, n--)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h;
}

static void put_bytes(unsigned char *to, uint64_t n, int bytes)
{
	while (bytes-- > 0) {
		to[bytes] = (unsigned char)n;
		n >>= 8;
	}
}

static void answer(enum verdict v, int flags)
{
	unsigned char head[17];
	size_t why = reason ? strlen(reason) : 0;
	head[0] = (unsigned char)v;
	put_bytes(head + 1, elements, 4);
	put_bytes(head + 5, hash(infoset.at, complete), 8);
	put_bytes(head + 13, flags & WITH_TEXT ? why + 1 + complete : 0, 4);
	fwrite(head, 1, sizeof head, stdout);
	if (flags & WITH_TEXT) {
		fwrite(reason ? reason : "", 1, why + 1, stdout);
		fwrite(infoset.at, 1, complete, stdout);
	}
	if (flags & SEND_NOW)
		fflush(stdout);
}

int main(void)
{
	static char in[1 << 18], out[1 << 16];
	static struct bytes stream;
	unsigned char head[5];
	setvbuf(stdin, in, _IOFBF, sizeof in);
	setvbuf(stdout, out, _IOFBF, sizeof out);
	while (fread(head, 1, sizeof head, stdin) == sizeof head) {
		size_t n = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
		stream.n = 0;
		reserve(&stream, n);
		if (fread(stream.at, 1, n, stdin) != n)
			return 1;
		answer(judge(stream.at, n), head[4]);
	}
	return 0;
}
