import LockstepCompute

/// An array in an HDF5 file: fractional numbers as floats, whole numbers as integers.
package struct HDF5Dataset: Equatable, Sendable {
    package enum Elements: Equatable, Sendable {
        case floats(Tensor)
        /// In row-major order. Booleans are unsigned, 0 or 1. A number above `Int.max` is read as `Int.max`.
        case integers([Int], shape: Shape, type: ElementType)
    }

    package var attributes: [String: HDF5Attribute]
    package var elements: Elements

    package init(_ tensor: Tensor, attributes: [String: HDF5Attribute] = [:]) {
        self.attributes = attributes
        elements = .floats(tensor)
    }

    /// Whole numbers; the type must be able to hold them.
    package init(_ integers: [Int], shape: Shape, type: ElementType, attributes: [String: HDF5Attribute] = [:]) {
        precondition(integers.count == shape.count, "\(integers.count) numbers for \(shape)")
        self.attributes = attributes
        elements = .integers(integers, shape: shape, type: type)
    }

    package var shape: Shape {
        switch elements {
        case .floats(let tensor): tensor.shape
        case .integers(_, let shape, _): shape
        }
    }

    /// The elements as floats.
    package var tensor: Tensor {
        switch elements {
        case .floats(let tensor): return tensor
        case .integers(let integers, let shape, _):
            let tensor = Tensor.zeros(shape)
            for (position, integer) in integers.enumerated() { tensor[position] = Float(integer) }
            return tensor
        }
    }

    /// The elements, if they are whole numbers.
    package var integers: [Int]? {
        guard case .integers(let integers, _, _) = elements else { return nil }
        return integers
    }
}
