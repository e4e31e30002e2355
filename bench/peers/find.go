package peers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Names are the programs that build.sh builds.
var Names = []string{"expat", "libxml2"}

// Find returns the programs in folder, in the order of Names. When one is missing the error says how to build it.
func Find(folder string) (paths []string, err error) {
	for _, name := range Names {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s is not there: build the peers with bench/peers/build.sh %s", path, folder)
		case err != nil:
			return nil, err
		case info.IsDir() || info.Mode()&0o111 == 0:
			return nil, fmt.Errorf("%s is no program: build the peers with bench/peers/build.sh %s", path, folder)
		}
		paths = append(paths, path)
	}
	return paths, nil
}
