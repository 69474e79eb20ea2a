import LockstepCompute

extension OperationGraph {
    /// Makes normalizations by given statistics part of the convolutions before them, which normalize and activate
    /// while their output is in the cache. The graph has no gradients then.
    ///
    /// It does so only if nothing else reads the convolution. The time of the normalization's layer then counts as that
    /// of the convolution's.
    mutating func foldNormalizations() {
        let readers = readers
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            let node = nodes[number]
            guard let normalization = node.operation as? NormalizationOperation,
                case .output(let place, 0) = node.inputs[0], readers[node.inputs[0]] == 1,
                let convolution = nodes[place].operation as? ConvolutionOperation, convolution.activation == .linear
            else { continue }
            nodes[place].operation = NormalizedConvolutionOperation(
                convolution, normalization, convolutionInputs: nodes[place].inputs.count)
            nodes[place].inputs += node.inputs.dropFirst()
            removed[number] = .output(node: place, index: 0)
        }
        remove(removed)
    }
}
