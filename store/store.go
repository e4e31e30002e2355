package store

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Store is an open store. Its methods may be called from any goroutine.
//
// Its read methods (Account, Archive, Cursor, RosterItem, …) show what is
// committed and synced: never something that a power cut could still undo, and
// everything for which Committed(nil) was called before.
type Store struct {
	reader
	opts Options
	log  *slog.Logger
	fs   vfs.FS
	dir  string
	db   *pebble.DB
	lock *pebble.Lock

	queue *queue
	views views
	tx    Tx // the committer's

	lastBatch    time.Time // the committer's: when the last batch began
	lastBatchOps int

	closing       atomic.Bool
	corrupt       atomic.Bool
	diskFull      atomic.Int32 // see disk.go
	iters         atomic.Int64 // open iterators
	stats         counts
	life          uint64        // see Life
	stop          chan struct{} // closed by Close
	committerDone chan struct{}
	fillDone      chan struct{}
	diskDone      chan struct{}
	closed        chan struct{}
	closeErr      error
}

var errStopped = errors.New("store: stopped")

// Open opens the store in dir, which it makes when missing. One process may
// have it open at a time (ErrLocked). A store of an older format is upgraded; a
// newer one is refused (ErrFormat).
func Open(dir string, o Options) (*Store, error) {
	s, err := open(dir, o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	return s, nil
}

func open(dir string, o Options) (*Store, error) {
	o.setDefaults()
	s := &Store{
		opts:          o,
		log:           o.Logger,
		dir:           dir,
		fs:            o.hooks.fs,
		stop:          make(chan struct{}),
		committerDone: make(chan struct{}),
		fillDone:      make(chan struct{}),
		diskDone:      make(chan struct{}),
		closed:        make(chan struct{}),
	}
	s.reader = reader{src: syncedSource{s}}
	s.views.init()
	if s.fs == nil {
		s.fs = s.withBallast(courteousFS{vfs.Default})
	}
	if err := s.relax(); err != nil {
		return nil, err
	}
	if err := s.openPebble(); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, s.closePebble())
	}
	s.start()
	return s, nil
}

func (s *Store) openPebble() error {
	if err := s.fs.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	lock, err := pebble.LockDirectory(s.dir, s.fs)
	if err != nil {
		return fmt.Errorf("%w (is another godwit running? stop it, or give this one another directory): %v", ErrLocked, err)
	}
	if err := s.beginRelaxed(); err != nil {
		return errors.Join(err, lock.Close())
	}
	s.db, err = openDB(s.dir, s.pebbleOptions(), lock)
	if err != nil {
		return errors.Join(readError(err), lock.Close())
	}
	s.lock = lock
	return nil
}

// openDB is pebble.Open, which panics when some of its I/O fails.
func openDB(dir string, p *pebble.Options, lock *pebble.Lock) (db *pebble.DB, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			db, err = nil, fmt.Errorf("pebble: %v", cause)
		}
	}()
	p.Lock = lock
	return pebble.Open(dir, p)
}

// prepare checks and upgrades the format and makes everything ready that the
// committer needs.
func (s *Store) prepare() error {
	if err := s.upgrade(); err != nil {
		return err
	}
	s.views.publish(s.db)
	s.queue = newQueue(s.opts.QueueOps, s.opts.QueueBytes)
	s.tx.init(s)
	if err := s.tx.dedupe.findDays(); err != nil {
		return err
	}
	s.checkDisk()
	s.makeBallast()
	return nil
}

func (s *Store) start() {
	days := s.tx.dedupe.days
	numbers := make([]uint32, len(days))
	for i := range days {
		numbers[i] = days[i].day
	}
	s.tx.dedupe.filled = make(chan *dedupeDay, len(days))
	go s.fillFilters(numbers)
	go s.commitLoop()
	go s.watchDisk()
}

// Close refuses further operations, commits those that are queued, waits for
// readers, flushes, and closes the store. Later calls wait for the first and
// return its error. It must not be called from Apply or Committed.
func (s *Store) Close() error {
	if !s.queue.close() {
		<-s.closed
		return s.closeErr
	}
	defer close(s.closed)
	s.closing.Store(true)
	close(s.stop)
	<-s.committerDone
	<-s.fillDone
	<-s.diskDone
	// A flush is not needed for durability; it makes the next Open quick.
	var err error
	if !s.opts.hooks.noFlush {
		err = s.db.Flush()
	}
	s.closeErr = errors.Join(err, s.closePebble())
	return s.closeErr
}

// closePebble waits for readers and closes the database.
func (s *Store) closePebble() error {
	s.views.close()
	s.tx.close()
	err := s.db.Close()
	if err == nil && s.relaxed() {
		err = s.endRelaxed()
	}
	return errors.Join(err, s.lock.Close())
}
