package session

// tape is the choices of a program: bytes, and zeros when they are used up.
type tape struct{ rest []byte }

func (t *tape) done() bool { return len(t.rest) == 0 }

func (t *tape) next() byte {
	if t.done() {
		return 0
	}
	b := t.rest[0]
	t.rest = t.rest[1:]
	return b
}

// below returns a number below n ≤ 65,536.
func (t *tape) below(n int) int {
	if n <= 256 {
		return int(t.next()) % n
	}
	return (int(t.next())<<8 | int(t.next())) % n
}

// one reports true once in n times; never when the tape is at its end.
func (t *tape) one(n int) bool { return t.below(n) == n-1 }

func pick[T any](t *tape, from []T) T { return from[t.below(len(from))] }
