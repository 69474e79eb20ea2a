import LockstepCompute
import LockstepGraph

/// Padding of tensors.
extension KerasOperation {
    /// Pads with a value, or with elements of the dimension itself.
    static func padded(_ call: OperationCall) throws(LayerError) -> SymbolicTensor {
        var x = try call.tensor()
        let rank = x.spec.shape.rank
        func pair(_ value: ConfigurationValue) -> (before: Int, after: Int)? {
            switch (value, value.list ?? []) {
            case (.integer(let both), _): (both, both)
            case (_, let list) where list.count == 1 && list[0].list == nil: pair(list[0])
            case (_, let list) where list.count == 2:
                if case .integer(let before) = list[0], case .integer(let after) = list[1] {
                    (before, after)
                } else {
                    nil
                }
            default: nil
            }
        }
        let given = call.option("pad_width")
        let list = given.list ?? []
        let one = pair(given) ?? (list.count == 1 ? pair(list[0]) : nil)
        let widths = one.map { Array(repeating: $0, count: rank + 1) } ?? list.compactMap(pair)
        try call.require(
            widths.count == rank + 1 && widths[0] == (0, 0) && widths.allSatisfy { $0.before >= 0 && $0.after >= 0 },
            "pad_width", "two numbers for each dimension, 0 for the batch", given)
        let mode = call.option("mode").string ?? ""
        let value = call.number(1)
        for (axis, width) in widths.dropFirst().enumerated() where width != (0, 0) {
            let size = x.spec.shape[axis]
            if mode == "constant" {
                x = pad(x, axis: axis, before: width.before, after: width.after, value: value ?? 0)
                continue
            }
            let modes: [String: FillMode] = [
                "edge": .nearest, "wrap": .wrap, "symmetric": .reflect, "reflect": .mirror,
            ]
            guard let fill = modes[mode] else {
                throw call.mistake("mode", "constant, edge, reflect, symmetric or wrap", mode)
            }
            func shown(_ places: Range<Int>) -> [SymbolicTensor] {
                places.compactMap { fill.pixel($0, of: size) }.map { slice(x, axis: axis, $0..<$0 + 1) }
            }
            let parts = shown(-width.before..<0) + [x] + shown(size..<size + width.after)
            x = concatenate(parts, axis: axis)
        }
        return x
    }
}
