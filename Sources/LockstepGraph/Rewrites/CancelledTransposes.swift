import LockstepCompute

extension OperationGraph {
    /// Removes pairs of transposes of which the second undoes the first. Layers with the channels first put them last
    /// and back, so that there are such pairs between them.
    ///
    /// An output of the model keeps a value of its own.
    mutating func cancelTransposes() {
        var removed: [Int: Value] = [:]
        var readers = readers
        for number in nodes.indices {
            guard let second = (nodes[number].operation as? CopyOperation)?.order,
                !outputs.contains(.output(node: number, index: 0)),
                case .output(let before, 0) = nodes[number].inputs[0],
                let first = (nodes[before].operation as? CopyOperation)?.order,
                second.indices.allSatisfy({ first[second[$0]] == $0 })
            else { continue }
            let (source, value) = (nodes[before].inputs[0], nodes[number].inputs[0])
            removed[number] = source
            readers[value]! -= 1
            if readers[value] == 0 { removed[before] = source }
        }
        remove(removed)
    }
}
