/// Floats represent all whole numbers below this limit exactly. 16777217 would become 16777216.
package let wholeNumberLimit = 1 << 24

extension Tensor {
    /// The elements as whole numbers: those of an int32 tensor, or those of floats below `wholeNumberLimit`.
    var wholeNumbers: WholeNumbers { WholeNumbers(pointer: pointer, type: type) }
}

/// A view of a tensor's memory as whole numbers.
struct WholeNumbers {
    let pointer: UnsafeMutablePointer<Float>
    let type: DataType

    /// The number at a position; nil if it is not a whole number from 0 to `end` − 1.
    subscript(position: Int, below end: Int) -> Int? {
        let number: Int?
        switch type {
        case .int32: number = Int(Int32(bitPattern: pointer[position].bitPattern))
        case .float32:
            number = Int(exactly: pointer[position])
            if let number, number >= wholeNumberLimit { return nil }
        case .string: number = nil
        }
        guard let number, number >= 0, number < end else { return nil }
        return number
    }

    /// The numbers from a position on.
    static func + (numbers: WholeNumbers, offset: Int) -> WholeNumbers {
        WholeNumbers(pointer: numbers.pointer + offset, type: numbers.type)
    }
}
