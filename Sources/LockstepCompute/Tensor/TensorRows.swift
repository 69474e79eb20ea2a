/// Rows of a tensor: slices, selections and shuffles along the first dimension.
extension Tensor {
    /// A view of some rows; it shares the elements.
    public func rows(_ range: Range<Int>) -> Tensor {
        precondition(
            shape.rank > 0 && range.lowerBound >= 0 && range.upperBound <= rowCount,
            "rows \(range) of a tensor \(shape)")
        return Tensor(
            buffer, at: offset + range.lowerBound * shape.row.count, shape: shape.row.rows(range.count), type: type)
    }

    /// One row, without the first dimension; it shares the elements.
    public func row(_ index: Int) -> Tensor {
        Tensor(buffer, at: rows(index..<index + 1).offset, shape: shape.row, type: type)
    }

    /// Copies of some columns of a matrix.
    public func columns(_ range: Range<Int>) -> Tensor {
        precondition(
            shape.rank == 2 && range.lowerBound >= 0 && range.upperBound <= shape[1],
            "columns \(range) of a tensor \(shape)")
        if type == .string {
            let places = (0..<shape[0]).flatMap { row in range.map { row * shape[1] + $0 } }
            return texts(at: places, shape: [shape[0], range.count])
        }
        let result = Tensor.zeros([shape[0], range.count], type: type)
        for row in 0..<shape[0] {
            result.pointer.advanced(by: row * range.count).update(
                from: pointer + row * shape[1] + range.lowerBound, count: range.count)
        }
        return result
    }

    /// Copies of the rows at these indices, in their order.
    public func gathered(_ indices: [Int]) -> Tensor {
        let row = shape.row.count
        if type == .string {
            return texts(
                at: indices.flatMap { index in
                    precondition(index >= 0 && index < rowCount, "row \(index) of a tensor \(shape)")
                    return index * row..<(index + 1) * row
                }, shape: shape.row.rows(indices.count))
        }
        let result = Tensor.zeros(shape.row.rows(indices.count), type: type)
        let width = result.shape.row.count
        let work = Gathering(
            rows: self, indices: indices[...], first: 0, width: width, to: result.pointer, cut: Cut(indices.count))
        work.run(chunk: 0)
        return result
    }

    /// Copies the rows at these indices to the first rows of `destination`, in the order of the indices, which count
    /// from the row `first`. Allocates nothing.
    package func gather(_ indices: ArraySlice<Int>, from first: Int, into destination: Tensor, on crew: Crew) {
        let width = destination.count / max(destination.rowCount, 1)
        precondition(type == destination.type, "rows of \(type) into \(destination.type)")
        precondition(indices.count <= destination.rowCount, "more rows than the destination holds")
        precondition(width * rowCount == count || indices.isEmpty, "rows of another width")
        // The least number of elements per thread. It is small because rows of data are rarely in the cache.
        let grain = 8 * 1024
        let work = Gathering(
            rows: self, indices: indices, first: first, width: width, to: destination.pointer,
            cut: crew.cut(indices.count, grain: max(1, grain / max(width, 1))))
        crew.perform(work, chunks: work.cut.chunks)
    }

    /// Copies a range of rows to a tensor with the same number of rows. Allocates nothing.
    package func copyRows(_ range: Range<Int>, into destination: Tensor) {
        precondition(type == destination.type, "rows of \(type) into \(destination.type)")
        let width = count / max(rowCount, 1)
        precondition(range.lowerBound >= 0 && range.upperBound <= rowCount, "rows \(range) of a tensor \(shape)")
        precondition(destination.count == range.count * width, "rows of another width")
        destination.pointer.update(from: pointer + range.lowerBound * width, count: range.count * width)
    }

    /// The rows in a random order that the seed decides.
    public func shuffled(seed: UInt64) -> Tensor {
        gathered(RandomStream(seed: seed, purpose: .tensor, index: 1).permutation(of: rowCount))
    }

    /// Concatenates tensors along the first dimension. The result is float32 unless all are int32, or all are strings.
    ///
    /// - Throws: `ComputeError.rowShapes` if rows have different shapes; `ComputeError.notOfType` for an int32 number
    ///   beyond ±2²⁴ among floats; `ComputeError.text` for strings among numbers.
    public static func concatenated(_ parts: [Tensor]) throws(ComputeError) -> Tensor {
        guard let first = parts.first else { return Tensor([]) }
        if let other = parts.first(where: { $0.shape.row != first.shape.row }) {
            throw .rowShapes(expected: first.shape.row, received: other.shape.row)
        }
        let rows = parts.reduce(0) { $0 + $1.rowCount }
        if parts.allSatisfy({ $0.type == .string }) {
            return try Tensor(strings: parts.flatMap(\.strings), shape: first.shape.row.rows(rows))
        }
        let type: DataType = parts.allSatisfy { $0.type == .int32 } ? .int32 : .float32
        let result = Tensor.zeros(first.shape.row.rows(rows), type: type)
        var row = 0
        for part in parts {
            result.rows(row..<row + part.rowCount).assign(try part.converted(to: type))
            row += part.rowCount
        }
        return result
    }
}

private struct Gathering: ChunkedWork {
    let rows: Tensor
    let indices: ArraySlice<Int>
    let first, width: Int
    let to: UnsafeMutablePointer<Float>
    let cut: Cut

    func run(chunk: Int) {
        for position in cut[chunk] {
            let row = first + indices[indices.startIndex + position]
            precondition(row >= 0 && row < rows.rowCount, "row \(row) of a tensor \(rows.shape)")
            (to + position * width).update(from: rows.pointer + row * width, count: width)
        }
    }
}

/// Shuffles the rows of two tensors in the same order, so that inputs and targets stay together.
///
/// - Throws: `ComputeError.rowCounts` if the numbers of rows differ.
public func shuffle(_ x: Tensor, _ y: Tensor, seed: UInt64) throws(ComputeError) -> (Tensor, Tensor) {
    guard x.rowCount == y.rowCount else { throw .rowCounts(x.rowCount, y.rowCount) }
    return (x.shuffled(seed: seed), y.shuffled(seed: seed))
}

/// Class numbers as one-hot rows, `[rows, classes]`. The default number of classes is the largest class number plus
/// one.
///
/// - Throws: `ComputeError.label` if a label is not a whole number from 0 to `classes` − 1.
public func toCategorical(_ labels: Tensor, classes: Int? = nil) throws(ComputeError) -> Tensor {
    let labels = labels.floats
    let classes = classes ?? (Int(exactly: labels.elements.max() ?? -1) ?? 0) + 1
    let result = Tensor.zeros([labels.count, max(classes, 0)])
    for row in 0..<labels.count {
        guard let label = Int(exactly: labels[row]), label >= 0, label < min(classes, wholeNumberLimit) else {
            throw .label(row: row, classes: classes, received: labels[row])
        }
        result[row, label] = 1
    }
    return result
}
