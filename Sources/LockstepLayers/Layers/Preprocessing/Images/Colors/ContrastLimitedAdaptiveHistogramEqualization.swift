import LockstepCompute
import LockstepGraph

/// Gives the values of each channel about equal frequencies in each part of an image (K. Zuiderveld, 1994), in training
/// and in inference. Input and output `[batch, height, width, channels]`.
///
/// The image is cut into a grid of tiles, after it is continued at its right and its lower edge by its mirror image
/// where the tiles need it. In each tile and channel the values, brought from `valueRange` to 0 to 255 and cut to whole
/// numbers, are counted. Counts above `clipLimit` times the mean are cut, and what is cut off is shared by all values. A
/// value v becomes `255·(c(v) − c₀) / (n − c₀)` of the n pixels of a tile, where c(v) are those up to v; a pixel gets
/// the mean of what the four nearest tiles make of it, weighted by their nearness. There is no gradient. Defaults:
/// values 0 to 255, clip limit 4 (0 cuts nothing), 8 by 8 tiles.
///
///     model.add(ContrastLimitedAdaptiveHistogramEqualization(tileGridSize: 4))
public final class ContrastLimitedAdaptiveHistogramEqualization: ImageLayer {
    public let properties: LayerProperties
    @Configured public private(set) var valueRange: ValueRange
    @Configured public private(set) var clipLimit: Double
    @Configured public private(set) var tileGridSize: Size2D

    public init(
        valueRange: ValueRange = .bytes, clipLimit: Double = 4, tileGridSize: Size2D = 8, name: String = ""
    ) {
        self.valueRange = valueRange
        self.clipLimit = clipLimit
        self.tileGridSize = tileGridSize
        properties = LayerProperties(name: name)
    }

    static var changesInTrainingAlone: Bool { false }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    func checkArguments(_ image: Shape) throws(LayerError) {
        try check(valueRange)
        guard tileGridSize.lengths.allSatisfy({ $0 > 0 }) else {
            throw .argument(
                layer: name, name: "tileGridSize", requirement: "positive", received: "\(tileGridSize.lengths)")
        }
    }

    func changed(_ images: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let image = images.spec.shape
        let (rows, columns) = (
            Tiles(size: image[0], count: tileGridSize.height), Tiles(size: image[1], count: tileGridSize.width)
        )
        let bytes = clip(floor(images.moved(from: valueRange, to: .bytes)), to: 0...255)
        let whole = bytes.applying(rows.mirrored, along: 0).applying(columns.mirrored, along: 1)
        let tables = tables(of: whole, rows, columns, channels: image[2])
        let places = Self.places(rows, columns, channels: image[2])
        let pixels = reshape(whole, [whole.spec.shape.count])
        let corners = places.map { take(tables, at: pixels + $0.place) * $0.weight }
        let result = reshape(sum(corners), whole.spec.shape)
        return slice(slice(result, axis: 0, 0..<image[0]), axis: 1, 0..<image[1]).moved(from: .bytes, to: valueRange)
    }

    /// What becomes of each of 256 values in each channel of each tile: all tables one after another.
    private func tables(of whole: SymbolicTensor, _ rows: Tiles, _ columns: Tiles, channels: Int) -> SymbolicTensor {
        let count = Float(rows.size * columns.size)
        let tiles = transpose(
            reshape(whole, [rows.count, rows.size, columns.count, columns.size, channels]), [0, 2, 4, 1, 3])
        let pixels = reshape(tiles, [rows.count * columns.count * channels, rows.size * columns.size])
        var counts = histogram(pixels, weights: pixels.ones, bins: 256)
        if clipLimit > 0 {
            let kept = clip(counts, to: 0...Float(clipLimit * Double(count) / 256))
            counts = kept + sum(counts - kept, axes: [-1], keepDims: true) / 256
        }
        let sums = counts.runningSums
        let first = slice(sums, axis: 1, 0..<1)
        let rest = count - first
        let table = clip((sums - first) * 255 / (rest + equal(rest, 0)), to: 0...255)
        return reshape(table, [table.spec.shape.count])
    }

    /// For each of the four tiles around each element of an image, where its table begins, and its weight.
    private static func places(
        _ rows: Tiles, _ columns: Tiles, channels: Int
    ) -> [(place: Tensor, weight: Tensor)] {
        [(false, false), (false, true), (true, false), (true, true)].map { isLower, isRight in
            var (places, weights): ([Float], [Float]) = ([], [])
            for row in 0..<rows.length {
                let vertical = rows.neighbor(of: row, isSecond: isLower)
                for column in 0..<columns.length {
                    let horizontal = columns.neighbor(of: column, isSecond: isRight)
                    for channel in 0..<channels {
                        let tile = vertical.tile * columns.count + horizontal.tile
                        places.append(Float((tile * channels + channel) * 256))
                        weights.append(vertical.weight * horizontal.weight)
                    }
                }
            }
            return (Tensor(places), Tensor(weights))
        }
    }

    /// The tiles of one dimension.
    private struct Tiles {
        let count: Int
        /// The pixels of a tile.
        let size: Int
        private let pixels: Int

        init(size pixels: Int, count: Int) {
            (self.count, self.pixels) = (count, pixels)
            size = (pixels + count - 1) / count
        }

        /// The pixels of all tiles.
        var length: Int { count * size }

        /// The matrix that continues pixels by their mirror image.
        var mirrored: Tensor {
            let matrix = Tensor.zeros([pixels, length])
            for place in 0..<length {
                let rest = place % (2 * pixels)
                matrix[rest < pixels ? rest : 2 * pixels - 1 - rest, place] = 1
            }
            return matrix
        }

        /// One of the two tiles whose middles are nearest to a pixel, and its weight.
        func neighbor(of pixel: Int, isSecond: Bool) -> (tile: Int, weight: Float) {
            let place = (Float(pixel) - Float(size) / 2) / Float(size)
            let weight = place - place.rounded(.down)
            let tile = Int(place.rounded(.down)) + (isSecond ? 1 : 0)
            return (min(max(tile, 0), count - 1), isSecond ? weight : 1 - weight)
        }
    }
}
