/* expat with namespaces, fed in pieces. */
#include "peer.h"

#include <expat.h>

static void on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	long n = 0;
	(void)name;
	for (; attributes[2 * n]; n++)
		;
	start(user, n);
}

static void on_end(void *user, const XML_Char *name)
{
	(void)name;
	end(user);
}

static void on_text(void *user, const XML_Char *text, int n)
{
	(void)text;
	((struct counts *)user)->text += n;
}

static const char *peer_name(void)
{
	static char name[40];
	snprintf(name, sizeof name, "%d.%d.%d", XML_MAJOR_VERSION, XML_MINOR_VERSION, XML_MICRO_VERSION);
	return name;
}

static void peer_parse(const struct stream *s, struct counts *c)
{
	XML_Parser p = XML_ParserCreateNS("UTF-8", '\xff');
	if (!p)
		die("expat: no parser");
#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 6
	XML_SetReparseDeferralEnabled(p, XML_FALSE); /* as servers must, or a stanza waits for the next */
#endif
	XML_SetUserData(p, c);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_text);
	for (size_t i = 0, at = 0; i < s->pieces; at = s->ends[i++])
		if (XML_Parse(p, s->bytes + at, s->ends[i] - at, i + 1 == s->pieces) != XML_STATUS_OK)
			die("expat: %s at byte %ld", XML_ErrorString(XML_GetErrorCode(p)), (long)XML_GetCurrentByteIndex(p));
	XML_ParserFree(p);
}
