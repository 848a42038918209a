package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"
)

// NDJSON is a file of one JSON value per line, plain or gzip. Its topic is made of its content (the
// unpacked content, so that packing a file does not make it another source): reading it again, from
// wherever, gives the same positions.
type NDJSON struct {
	path    string
	topic   string
	modTime time.Time
}

// OpenNDJSON reads a file once for its content hash. The path must be a file that can be read twice.
func OpenNDJSON(path string) (*NDJSON, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open NDJSON: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open NDJSON %s: not a regular file", path)
	}
	content, err := openContent(path)
	if err != nil {
		return nil, fmt.Errorf("open NDJSON: %w", err)
	}
	defer content.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return nil, fmt.Errorf("hash %s: %w", path, err)
	}
	return &NDJSON{path: path, topic: fileTopic(hash.Sum(nil)), modTime: info.ModTime().UTC()}, nil
}

// Topic is the topic of all positions: "file:" and the SHA-256 of the content in hex.
func (f *NDJSON) Topic() string { return f.topic }

// Records reads the file from its beginning, a line at a time. Offsets count the lines that are not
// blank, from 0. Time is the file's modification time. Each Record is the caller's to keep. A line above
// MaxValueBytes comes cut to one byte more than that, so that any Decode refuses it as too large; the
// rest of the line is skipped. An error is the last thing that the iterator yields, with a nil Record:
// the file cannot be read, or its content is no longer that of OpenNDJSON.
func (f *NDJSON) Records() iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		isStopped, err := f.each(func(rec *Record) bool { return yield(rec, nil) })
		if err != nil && !isStopped {
			yield(nil, fmt.Errorf("read %s: %w", f.path, err))
		}
	}
}

// each hands out the records until take says stop or the file ends.
func (f *NDJSON) each(take func(*Record) bool) (isStopped bool, err error) {
	content, err := openContent(f.path)
	if err != nil {
		return false, err
	}
	defer content.Close()
	hash := sha256.New()
	lines := bufio.NewReaderSize(io.TeeReader(content, hash), 256<<10)
	for offset := int64(0); ; {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			rec := &Record{Position: Position{Topic: f.topic, Offset: offset}, Value: line, Time: f.modTime}
			if !take(rec) {
				return true, nil
			}
			offset++
		}
		if err != nil {
			break
		}
	}
	if fileTopic(hash.Sum(nil)) != f.topic {
		return false, errors.New("the content changed since it was opened")
	}
	return false, nil
}

// readLine returns the next line without its end, at most MaxValueBytes+1 bytes of it, and io.EOF with
// the last one.
func readLine(from *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		room := MaxValueBytes + 1 - len(line)
		line = append(line, part[:min(len(part), max(room, 0))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

// content is an open file, unpacked when it is gzip.
type content struct {
	io.Reader
	file *os.File
}

// Close closes the file.
func (c *content) Close() error { return c.file.Close() }

// openContent opens a file and drops a UTF-8 byte order mark. Gzip is known by its first bytes, not by name.
func openContent(path string) (*content, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(file, 256<<10)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("unpack %s: %w", path, err), file.Close())
		}
		buffered = bufio.NewReaderSize(unpacked, 256<<10)
	}
	if magic, _ := buffered.Peek(4); bytes.Equal(magic, []byte("PK\x03\x04")) || bytes.Equal(magic, []byte("\xd0\xcf\x11\xe0")) {
		return nil, errors.Join(errors.New("an Excel workbook or an archive: save the sheet as CSV (UTF-8), or unpack it"), file.Close())
	}
	if mark, _ := buffered.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		if _, err := buffered.Discard(3); err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
		}
	}
	return &content{Reader: buffered, file: file}, nil
}

func fileTopic(hash []byte) string { return "file:" + hex.EncodeToString(hash) }
