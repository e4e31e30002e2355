/* libxml2's push parser with the SAX2 interface, which resolves namespaces. */
#include "peer.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <string.h>

static void on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces, const xmlChar **declared,
		     int attributes, int defaulted, const xmlChar **all)
{
	(void)name, (void)prefix, (void)uri, (void)namespaces, (void)declared, (void)defaulted, (void)all;
	start(user, attributes);
}

static void on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	(void)name, (void)prefix, (void)uri;
	end(user);
}

static void on_text(void *user, const xmlChar *text, int n)
{
	(void)text;
	((struct counts *)user)->text += n;
}

/* on_error keeps quiet about names of namespaces that are no URIs, which are allowed in XMPP. */
#if LIBXML_VERSION >= 21200
static void on_error(void *user, const xmlError *e)
#else
static void on_error(void *user, xmlErrorPtr e)
#endif
{
	(void)user;
	if (e->level >= XML_ERR_ERROR && e->code != XML_WAR_NS_URI && e->code != XML_WAR_NS_URI_RELATIVE)
		die("libxml2: error %d: %s", e->code, e->message);
}

static const char *peer_name(void) { return LIBXML_DOTTED_VERSION; }

static void peer_parse(const struct stream *s, struct counts *c)
{
	xmlSAXHandler sax;
	memset(&sax, 0, sizeof sax);
	sax.initialized = XML_SAX2_MAGIC;
	sax.startElementNs = on_start;
	sax.endElementNs = on_end;
	sax.characters = sax.ignorableWhitespace = on_text; /* CDATA comes there too */
	sax.serror = on_error;
	xmlParserCtxtPtr p = xmlCreatePushParserCtxt(&sax, c, NULL, 0, NULL);
	if (!p)
		die("libxml2: no parser");
	for (size_t i = 0, at = 0; i < s->pieces; at = s->ends[i++])
		if (xmlParseChunk(p, s->bytes + at, s->ends[i] - at, i + 1 == s->pieces) && !p->wellFormed)
			die("libxml2: error %d", p->errNo);
	if (!p->wellFormed)
		die("libxml2: not well-formed");
	xmlFreeParserCtxt(p);
}
