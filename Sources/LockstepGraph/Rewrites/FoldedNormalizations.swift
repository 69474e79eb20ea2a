import LockstepCompute

extension OperationGraph {
    /// The graph for predictions alone: normalizations by given statistics are part of the convolutions before them,
    /// which normalize and activate while their output is in the cache. It has no gradients.
    ///
    /// A normalization is folded only if nothing else reads the convolution. Its time then counts as that of the
    /// convolution's layer.
    package var foldingNormalizations: OperationGraph {
        var result = self
        let readers = readers
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            let node = nodes[number]
            guard let normalization = node.operation as? NormalizationOperation,
                case .output(let place, 0) = node.inputs[0], readers[node.inputs[0]] == 1,
                let convolution = nodes[place].operation as? ConvolutionOperation, convolution.activation == .linear
            else { continue }
            result.nodes[place].operation = NormalizedConvolutionOperation(
                convolution, normalization, convolutionInputs: nodes[place].inputs.count)
            result.nodes[place].inputs += node.inputs.dropFirst()
            removed[number] = .output(node: place, index: 0)
        }
        result.remove(removed)
        return result
    }
}
