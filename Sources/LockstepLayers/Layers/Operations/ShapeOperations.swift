import LockstepCompute
import LockstepGraph

/// Operations on shapes.
extension KerasOperation {
    /// The tensor with one dimension moved behind the others.
    static func lastMoved(_ axis: Int, of x: SymbolicTensor) -> SymbolicTensor {
        let last = x.spec.shape.rank - 1
        return axis == last ? x : transpose(x, (0...last).filter { $0 != axis } + [axis])
    }

    /// A function of the last dimension, applied to another one.
    static func withLast(
        _ axis: Int, of x: SymbolicTensor, _ function: (SymbolicTensor) -> SymbolicTensor
    ) -> SymbolicTensor {
        let last = x.spec.shape.rank - 1
        let y = function(lastMoved(axis, of: x))
        return axis == last ? y : transpose(y, Array(0..<axis) + [last] + Array(axis..<last))
    }

    static func expanded(_ x: SymbolicTensor, _ axis: Int) -> SymbolicTensor {
        var dimensions = x.spec.shape.dimensions
        dimensions.insert(1, at: axis)
        return reshape(x, Shape(dimensions))
    }

    /// Reshapes rows. The batch is the first dimension of the new shape: null, or -1 if no other one is.
    static func reshaped(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        let (x, given) = (try call.tensor(), call.option("newshape"))
        let elements = x.spec.shape.count
        var dimensions: [Int] = []
        for value in (given.list ?? []).dropFirst() {
            guard case .integer(let size) = value, size >= -1 else {
                throw call.mistake("newshape", "a batch and dimensions", given)
            }
            dimensions.append(size)
        }
        let isBatch = given.list?.first == -1 && !dimensions.contains(-1) || given.list?.first == .null
        try call.require(
            isBatch && dimensions.count { $0 == -1 } <= 1, "newshape", "the batch, as -1, and dimensions of a row",
            given)
        let known = dimensions.reduce(1) { $1 == -1 ? $0 : $0.multipliedReportingOverflow(by: $1).partialValue }
        if known > 0, elements % known == 0 { dimensions = dimensions.map { $0 == -1 ? elements / known : $0 } }
        try call.require(
            dimensions.allSatisfy { $0 >= 0 } && Shape(dimensions).count == elements, "newshape",
            "one of rows of \(elements) elements", given)
        return reshape(x, Shape(dimensions))
    }

    // MARK: The operations

    private static func swapped(
        _ name: String, _ options: [String: ConfigurationValue],
        _ order: @escaping @Sendable (OperationCall, Int) throws(LayerError) -> [Int]
    ) -> KerasOperation {
        KerasOperation(name, "numpy", ["x"], options) { call throws(LayerError) in
            let x = try call.tensor()
            return transpose(x, try order(call, x.spec.shape.rank))
        }
    }

    private static func joined(_ name: String, _ module: String = "numpy", axis: Int) -> KerasOperation {
        KerasOperation(name, module, ["xs"]) { call throws(LayerError) in
            let tensors = try call.tensors()
            return concatenate(tensors, axis: try call.rowAxis(axis, rank: tensors[0].spec.shape.rank))
        }
    }

    static let shapes: [KerasOperation] = [
        KerasOperation("Reshape", "numpy", ["x"], ["newshape": .null]) { call throws(LayerError) in
            try reshaped(call)
        },
        KerasOperation("ExpandDims", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let axis = try call.axis(rank: x.spec.shape.rank + 1)
            return expanded(x, axis)
        },
        KerasOperation("Squeeze", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            let dimensions = x.spec.shape.dimensions
            let axes =
                call.option("axis") == .null
                ? dimensions.indices.filter { dimensions[$0] == 1 } : try call.axes(rank: dimensions.count)
            try call.require(
                axes.allSatisfy { dimensions[$0] == 1 }, "axis", "a dimension of 1 of \(x.spec.shape)",
                call.option("axis"))
            return reshape(x, Shape(dimensions.indices.filter { !axes.contains($0) }.map { dimensions[$0] }))
        },
        KerasOperation("Transpose", "numpy", ["x"], ["axes": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            try call.require(
                call.option("axes").list?.first == 0, "axes", "dimensions with the batch first", call.option("axes"))
            return transpose(x, try call.integers("axes").dropFirst().map { $0 - 1 })
        },
        KerasOperation("Concatenate", "numpy", ["xs"], ["axis": 0]) { call throws(LayerError) in
            let tensors = try call.tensors()
            return concatenate(tensors, axis: try call.axis(rank: tensors[0].spec.shape.rank))
        },
        KerasOperation("Stack", "numpy", ["x"], ["axis": 0]) { call throws(LayerError) in
            let tensors = try call.tensors()
            let axis = try call.axis(rank: tensors[0].spec.shape.rank + 1)
            return concatenate(tensors.map { expanded($0, axis) }, axis: axis)
        },
        KerasOperation("Flip", "numpy", ["x"], ["axis": .null]) { call throws(LayerError) in
            var x = try call.tensor()
            for axis in try call.axes(rank: x.spec.shape.rank) { x = reverse(x, axis: axis) }
            return x
        },
        KerasOperation("GetItem", "numpy", ["x", "key"]) { call throws(LayerError) in try item(call) },
        KerasOperation("Append", "numpy", ["x1", "x2"], ["axis": .null]) { call throws(LayerError) in
            let x = try call.tensor()
            return concatenate([x, try call.tensor(1)], axis: try call.axis(rank: x.spec.shape.rank))
        },
        joined("Hstack", axis: 1), joined("Dstack", axis: 2),
        KerasOperation(
            "Split", "numpy", ["x"], ["indices_or_sections": .null, "axis": 0],
            outputs: { options in
                if case .integer(let count) = options["indices_or_sections"] { return count }
                return (options["indices_or_sections"]?.list?.count ?? 0) + 1
            },
            apply: { call throws(LayerError) in
                try parts(call, axis: try call.axis(rank: try call.tensor().spec.shape.rank))
            }),
        KerasOperation(
            "Unstack", "core", ["x"], ["num": .null, "axis": 0],
            outputs: { options in if case .integer(let count) = options["num"] { count } else { nil } },
            apply: { call throws(LayerError) in
                let x = try call.tensor()
                let axis = try call.axis(rank: x.spec.shape.rank)
                let rest = x.spec.shape.dimensions.enumerated().filter { $0.offset != axis }.map(\.element)
                return (0..<x.spec.shape[axis]).map { reshape(slice(x, axis: axis, $0..<$0 + 1), Shape(rest)) }
            }),
        KerasOperation("Pad", "numpy", ["x", "constant_values"], ["pad_width": .null, "mode": "constant"]) {
            call throws(LayerError) in
            try padded(call)
        },
        KerasOperation("Tile", "numpy", ["x"], ["repeats": .null]) { call throws(LayerError) in
            let (x, given) = (try call.tensor(), try call.integers("repeats"))
            let rank = x.spec.shape.rank
            let counts = Array(repeating: 1, count: Swift.max(rank + 1 - given.count, 0)) + given
            try call.require(
                counts.count == rank + 1 && counts[0] == 1 && counts.allSatisfy { $0 > 0 }, "repeats",
                "a number for each dimension, 1 for the batch", given)
            return counts.dropFirst().enumerated().reduce(x) { x, entry in
                entry.element == 1 ? x : tiled(x, count: entry.element, axis: entry.offset)
            }
        },
        KerasOperation("Repeat", "numpy", ["x"], ["repeats": .null, "axis": .null]) { call throws(LayerError) in
            let (x, counts) = (try call.tensor(), try call.integers("repeats"))
            let axis = try call.axis(rank: x.spec.shape.rank)
            let size = x.spec.shape[axis]
            try call.require(
                (counts.count == 1 || counts.count == size) && counts.allSatisfy { $0 >= 0 } && counts.reduce(0, +) > 0,
                "repeats", "a number, or one for each of the \(size) elements", counts)
            if counts.count == 1 { return repeated(x, count: counts[0], axis: axis) }
            return concatenate(
                counts.enumerated().flatMap { place, count in
                    Array(repeating: slice(x, axis: axis, place..<place + 1), count: count)
                }, axis: axis)
        },
        KerasOperation("Roll", "numpy", ["x"], ["shift": .null, "axis": .null]) { call throws(LayerError) in
            var x = try call.tensor()
            let (shifts, axes) = (try call.integers("shift"), try call.axes(rank: x.spec.shape.rank))
            try call.require(shifts.count == axes.count, "shift", "a number for each axis", shifts)
            for (shift, axis) in zip(shifts, axes) {
                let size = x.spec.shape[axis]
                let start = ((-shift) % size + size) % size
                if start > 0 {
                    x = concatenate([slice(x, axis: axis, start..<size), slice(x, axis: axis, 0..<start)], axis: axis)
                }
            }
            return x
        },
        KerasOperation("Fliplr") { call throws(LayerError) in
            let x = try call.tensor()
            return reverse(x, axis: try call.rowAxis(1, rank: x.spec.shape.rank))
        },
        swapped("Swapaxes", ["axis1": .null, "axis2": .null]) { call, rank throws(LayerError) in
            var order = Array(0..<rank)
            order.swapAt(try call.axis("axis1", rank: rank), try call.axis("axis2", rank: rank))
            return order
        },
        swapped("Moveaxis", ["source": .null, "destination": .null]) { call, rank throws(LayerError) in
            let (sources, places) = (
                try call.axes("source", rank: rank), try call.axes("destination", rank: rank)
            )
            try call.require(
                sources.count == places.count && Set(sources).count == sources.count
                    && Set(places).count == places.count, "destination", "a place for each source", places)
            var rest = (0..<rank).filter { !sources.contains($0) }[...]
            return (0..<rank).map { place in
                places.firstIndex(of: place).map { sources[$0] } ?? rest.removeFirst()
            }
        },
        KerasOperation("Diff", "numpy", ["a"], ["n": 1, "axis": -1]) { call throws(LayerError) in
            var x = try call.tensor()
            let axis = try call.axis(rank: x.spec.shape.rank)
            for _ in 0..<Swift.max(try call.integer("n"), 0) {
                let size = x.spec.shape[axis]
                try call.require(size > 1, "n", "less than the dimension", call.option("n"))
                x = slice(x, axis: axis, 1..<size) - slice(x, axis: axis, 0..<size - 1)
            }
            return x
        },
        KerasOperation("DepthToSpace", "nn", ["x"], ["block_size": .null, "data_format": "channels_last"]) {
            call throws(LayerError) in
            try blocks(call) { x, size throws(LayerError) in
                let (h, w, c) = (x.spec.shape[0], x.spec.shape[1], x.spec.shape[2])
                try call.require(c % (size * size) == 0, "block_size", "one whose square divides \(c) channels", size)
                let deep = c / (size * size)
                let turned = transpose(reshape(x, [h, w, size, size, deep]), [0, 2, 1, 3, 4])
                return reshape(turned, [h * size, w * size, deep])
            }
        },
        KerasOperation("SpaceToDepth", "nn", ["x"], ["block_size": .null, "data_format": "channels_last"]) {
            call throws(LayerError) in
            try blocks(call) { x, size throws(LayerError) in
                let (h, w, c) = (x.spec.shape[0], x.spec.shape[1], x.spec.shape[2])
                try call.require(h % size == 0 && w % size == 0, "block_size", "a divisor of \(h) and \(w)", size)
                let turned = transpose(reshape(x, [h / size, size, w / size, size, c]), [0, 2, 1, 3, 4])
                return reshape(turned, [h / size, w / size, size * size * c])
            }
        },
    ]

    /// A function of images `[height, width, channels]` and a block's size.
    private static func blocks(
        _ call: OperationCall, _ function: (SymbolicTensor, Int) throws(LayerError) -> SymbolicTensor
    ) throws(LayerError) -> SymbolicTensor {
        let (x, size) = (try call.tensor(), try call.integer("block_size"))
        try call.require(x.spec.shape.rank == 3, "x", "images", x.spec.shape)
        try call.require(size > 0, "block_size", "positive", size)
        // Keras orders the channels of a block otherwise if they come first.
        try call.require(
            call.option("data_format") == "channels_last", "data_format", "channels_last", call.option("data_format"))
        return try function(x, size)
    }
}
