import LockstepCompute

/// An operation over windows of images, which takes places outside the images for zeros.
protocol WindowedOperation: Operation {
    /// The operation over images without zeros at the ends of a dimension. Nil if it cannot do without them, or would
    /// be slower.
    func without(_ zeros: ZeroPadding, of images: TensorSpec) -> (any Operation)?
}

extension OperationGraph {
    /// Removes zeros around images that only a convolution reads: its windows reach beyond the images instead, and the
    /// images are not copied.
    mutating func absorbPadding() {
        let readers = readers
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            while let operation = nodes[number].operation as? any WindowedOperation,
                case .output(let before, 0) = nodes[number].inputs[0], readers[nodes[number].inputs[0]] == 1,
                let zeros = (nodes[before].operation as? CopyOperation)?.padding,
                let bare = operation.without(zeros, of: spec(nodes[before].inputs[0]))
            {
                removed[before] = nodes[before].inputs[0]
                nodes[number].operation = bare
                nodes[number].inputs[0] = nodes[before].inputs[0]
            }
        }
        remove(removed)
    }
}
