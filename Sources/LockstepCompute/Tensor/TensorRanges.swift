import CKernels

extension Tensor {
    /// The position of the first element outside a range; nil if there is none. NaN is outside every range.
    package func firstElement(outside range: ClosedRange<Float>) -> Int? {
        precondition(type == .float32, "a range of floats in a tensor of \(type)")
        let position = ls_first_outside(count, pointer, range.lowerBound, range.upperBound)
        return position < count ? position : nil
    }

    /// The position of the first element that is NaN or infinite; nil if there is none.
    package var firstNotFinite: Int? {
        type != .float32 ? nil : firstElement(outside: -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude)
    }

    /// The place of an element as text: `"row 2, column 5"`, both counted from 0, or `"row 2, place [5, 0]"` in rows
    /// with several dimensions.
    package func place(of position: Int) -> String {
        let row = shape.rank == 0 ? 0 : position / max(shape.row.count, 1)
        guard shape.rank > 1 else { return "row \(row)" }
        var rest = position % max(shape.row.count, 1)
        if shape.rank == 2 { return "row \(row), column \(rest)" }
        var indices: [Int] = []
        for dimension in shape.row.dimensions.reversed() {
            indices.insert(rest % dimension, at: 0)
            rest /= dimension
        }
        return "row \(row), place \(indices)"
    }
}
