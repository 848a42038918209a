package lake

import (
	"fmt"
	"runtime"

	"github.com/klauspost/compress/zstd"
	codec "github.com/parquet-go/parquet-go/compress/zstd"
)

// pageCodec compresses the pages of all files. parquet-go's own makes encoders with windows of megabytes, lets
// the garbage collector take them and makes them again; a page has a quarter of a megabyte.
type pageCodec struct {
	codec.Codec // for reading
	encoder     *zstd.Encoder
}

const pageWindow = 512 << 10 // bytes that an encoder looks back

func newPageCodec() *pageCodec {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(pageWindow),
		zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(fmt.Sprintf("make a zstd encoder: %v", err)) // only options that are wrong do that
	}
	return &pageCodec{encoder: encoder}
}

// Encode is safe for use by many at once.
func (c *pageCodec) Encode(dst, src []byte) ([]byte, error) {
	return c.encoder.EncodeAll(src, dst[:0]), nil
}
