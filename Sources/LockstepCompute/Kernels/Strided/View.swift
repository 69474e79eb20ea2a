/// How nested loops go through one tensor: a stride for each index, and one for the row of the batch.
///
/// A stride of 0 stays on an element. If the tensor is read, the element is broadcast. If it is written, values are
/// summed into the element.
package struct View: Equatable, Sendable {
    /// Elements from a row of the batch to the next; 0 if all rows share the elements.
    package var batch: Int
    package var strides: [Int]
    /// Where index 0 lies in a row.
    package var offset = 0

    /// One element, the same for all indices.
    package static func single(rank: Int) -> View { View(batch: 0, strides: [Int](repeating: 0, count: rank)) }

    package init(batch: Int, strides: [Int], offset: Int = 0) {
        (self.batch, self.strides, self.offset) = (batch, strides, offset)
    }

    /// The elements of a row as they lie in memory.
    package init(_ row: Shape, isBatched: Bool = true) {
        var stride = 1
        strides = []
        for extent in row.dimensions.reversed() {
            strides.insert(stride, at: 0)
            stride *= extent
        }
        batch = isBatched ? row.count : 0
    }

    /// A row that is broadcast to a shape, by NumPy's rules.
    package init(_ row: Shape, isBatched: Bool = true, broadcastTo shape: Shape) {
        self.init(row, isBatched: isBatched)
        for axis in 0..<row.rank where row[axis] == 1 { strides[axis] = 0 }
        strides = [Int](repeating: 0, count: shape.rank - row.rank) + strides
    }
}

extension Shape {
    /// The shape that two are broadcast to by NumPy's rules: counted from the last, dimensions are equal, or one of
    /// them is 1 or missing. Nil if they do not fit.
    package static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
        let rank = max(a.rank, b.rank)
        func dimension(_ shape: Shape, _ axis: Int) -> Int {
            axis < rank - shape.rank ? 1 : shape[axis - (rank - shape.rank)]
        }
        var dimensions: [Int] = []
        for axis in 0..<rank {
            let (x, y) = (dimension(a, axis), dimension(b, axis))
            guard x == y || x == 1 || y == 1 else { return nil }
            dimensions.append(x == 1 ? y : x)
        }
        return Shape(dimensions)
    }
}
