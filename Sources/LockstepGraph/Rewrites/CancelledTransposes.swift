import LockstepCompute

extension OperationGraph {
    /// Removes transposes that undo the one before, and then those that nothing reads any more. Layers with the
    /// channels first put them last and back, so that there are such pairs between them.
    ///
    /// An output of the model keeps a value of its own.
    mutating func cancelTransposes() {
        var removed: [Int: Value] = [:]
        for number in nodes.indices {
            guard let second = transposition(number), !outputs.contains(.output(node: number, index: 0)),
                case .output(let before, 0) = source(of: number, removed), let first = transposition(before),
                second.indices.allSatisfy({ first[second[$0]] == $0 })
            else { continue }
            removed[number] = source(of: before, removed)
        }
        remove(removed)
        removeUnreadTransposes()
    }

    private mutating func removeUnreadTransposes() {
        var (removed, readers): ([Int: Value], [Value: Int]) = ([:], readers)
        for number in nodes.indices.reversed() {
            guard transposition(number) != nil, readers[.output(node: number, index: 0), default: 0] == 0 else {
                continue
            }
            removed[number] = nodes[number].inputs[0]
            readers[nodes[number].inputs[0]]! -= 1
        }
        remove(removed)
    }

    /// The order of the dimensions, if the operation of a node is a transpose.
    private func transposition(_ number: Int) -> [Int]? {
        nodes[number].renewed.contains { $0 != nil } ? nil : (nodes[number].operation as? CopyOperation)?.order
    }

    /// What a node takes, after some nodes are removed.
    private func source(of number: Int, _ removed: [Int: Value]) -> Value {
        var value = nodes[number].inputs[0]
        while case .output(let node, 0) = value, let earlier = removed[node] { value = earlier }
        return value
    }
}
