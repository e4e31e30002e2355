"""Reads streams with expat and says what it makes of them.

A stream comes on standard input as its length in bytes, four of them with the
highest first, and its bytes; the answer goes to standard output likewise. Its
first part is "accept", "unfinished" (inside a token: expat judges whole ones) or
"reject" and a reason; the others are the complete
first-level elements, each as Infoset writes it. A NUL is between the parts.
"""
import re
import struct
import sys
from xml.parsers import expat

SEPARATOR = "\x01"
WHITE = " \t\r\n"


class Refused(Exception):
    pass


class Closed(Exception):
    pass


class Stream:
    def __init__(self):
        self.depth = 0
        self.elements = []
        self.parts = []
        self.text = []

    def flush(self):
        text = "".join(self.text)
        self.text = []
        if text:
            self.parts.append("t%d:%s" % (len(text.encode()), text))

    @staticmethod
    def name(n):
        space, _, local = n.rpartition(SEPARATOR)
        return "{%s}%s" % (space, local)

    def start(self, name, attrs):
        self.depth += 1
        if self.depth == 1:
            return
        self.flush()
        values = sorted(" %s=%d:%s" % (self.name(k), len(v.encode()), v) for k, v in attrs.items())
        self.parts.append("<" + self.name(name) + "".join(values) + ">")

    def end(self, _):
        self.depth -= 1
        if self.depth == 0:
            raise Closed
        self.flush()
        self.parts.append("</>")
        if self.depth == 1:
            self.elements.append("".join(self.parts))
            self.parts = []

    def data(self, text):
        if self.depth > 1:
            self.text.append(text)
        elif text.strip(WHITE):
            raise Refused("text between elements")

    def cdata(self):
        if self.depth < 2:
            raise Refused("CDATA between elements")

    def declaration(self, version, encoding, _):
        if not re.fullmatch(r"1\.[0-9]+", version):
            raise Refused("version")
        if encoding is not None and encoding.lower() != "utf-8":
            raise Refused("encoding")

    def restricted(self, *_):
        raise Refused("restricted")

    def read(self, data):
        if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:2]:
            raise Refused("byte order mark or UTF-16")
        p = expat.ParserCreate("UTF-8", SEPARATOR)
        p.buffer_text = False
        p.StartElementHandler, p.EndElementHandler = self.start, self.end
        p.CharacterDataHandler, p.StartCdataSectionHandler = self.data, self.cdata
        p.XmlDeclHandler = self.declaration
        p.CommentHandler = p.ProcessingInstructionHandler = p.StartDoctypeDeclHandler = self.restricted
        p.SkippedEntityHandler = self.restricted
        p.Parse(data, False)
        try:
            p.Parse(b"", True)
        except expat.ExpatError as e:
            if expat.ErrorString(e.code) in ("unclosed token", "partial character"):
                raise Unfinished


class Unfinished(Exception):
    pass


def verdict(stream, data):
    try:
        stream.read(data)
    except Closed:
        pass
    except Unfinished:
        return "unfinished"
    except Refused as e:
        return "reject " + str(e)
    except expat.ExpatError as e:
        return "reject " + expat.ErrorString(e.code)
    return "accept"


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while head := source.read(4):
        stream = Stream()
        data = source.read(struct.unpack(">I", head)[0])
        answer = verdict(stream, data)
        answer = "\x00".join([answer] + stream.elements).encode("utf-8", "surrogatepass")
        sink.write(struct.pack(">I", len(answer)) + answer)
        sink.flush()


main()
