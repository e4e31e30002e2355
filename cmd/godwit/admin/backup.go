package admin

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// backup copies the data folder to dir, which must not exist. The store comes last and appears whole, so a folder that has it is a whole backup; what a
// failed one has written is removed.
func (r *Room) backup(dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s exists: name a folder that does not", dir)
	}
	if r.isInside(dir) {
		return fmt.Errorf("%s is inside the data folder %s: name a folder elsewhere", dir, r.Data)
	}
	err := r.copyFiles(dir)
	if err == nil {
		err = r.Store.Backup(StoreDir(dir))
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	return nil
}

// isInside reports whether dir would be a part of the data folder.
func (r *Room) isInside(dir string) bool {
	data, err := filepath.Abs(r.Data)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(data, dir)
	return r.Data != "" && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// copyFiles copies what lies beside the store: the domains, and the certificates that Godwit has made itself. Links and sockets are left out.
func (r *Room) copyFiles(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil || r.Data == "" {
		return err
	}
	data, err := filepath.EvalSymlinks(r.Data) // which a walk does not follow
	if err != nil {
		return err
	}
	return filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(data, path)
		target := filepath.Join(dir, rel)
		switch {
		case err != nil:
			return err
		case path == StoreDir(data):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case d.Type().IsRegular():
			return copyFile(target, path)
		}
		return nil
	})
}

// copyFile copies a file and its mode, and waits until it is on disk.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
