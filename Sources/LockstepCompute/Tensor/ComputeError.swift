/// An error in tensors or of the machine. Each case carries the received value.
public enum ComputeError: Error, Equatable, CustomStringConvertible {
    case elementCount(shape: Shape, received: Int)
    case raggedRows(expected: Int, received: Int)
    case rowCounts(Int, Int)
    case rowShapes(expected: Shape, received: Shape)
    case label(row: Int, classes: Int, received: Float)
    case productShapes(Shape, Shape)
    /// A number that an element type cannot represent.
    case notOfType(DataType, place: String, received: Double)
    /// Text in place of numbers, or the other way round.
    case text(DataType, received: DataType)
    case activation(String, received: Shape)
    case unknownActivation(received: String, known: [String])
    case instructionSet(received: String, available: [String])
    case threads(received: String)

    public var description: String {
        switch self {
        case .elementCount(let shape, let received):
            "a shape \(shape) holds \(shape.count) elements, received: \(received)"
        case .raggedRows(let expected, let received):
            "all rows must have \(expected) elements like the first, received: \(received)"
        case .rowCounts(let a, let b): "both tensors must have the same number of rows, received: \(a) and \(b)"
        case .rowShapes(let expected, let received):
            "rows must have the shape \(expected) of the first tensor's, received: \(received)"
        case .label(let row, let classes, let received):
            "labels must be whole numbers from 0 to \(classes - 1) for \(classes) classes, received: \(received) in row \(row)"
        case .productShapes(let a, let b):
            "a matrix product needs matrices with matching inner dimensions, received: \(a) and \(b)"
        case .notOfType(.float32, let place, let received):
            "float32 holds whole numbers up to ±2²⁴, received: \(Int(exactly: received).map { "\($0)" } ?? "\(received)") in \(place)"
        case .notOfType(.int32, let place, let received):
            "floats become int32 if they are whole and below 2²⁴ (give larger ones as int32), received: \(received) in \(place)"
        case .notOfType(.string, let place, let received):
            "a number is no text, received: \(received) in \(place)"
        case .text(.string, let received): "strings are expected, received: \(received) numbers"
        case .text(let type, _): "\(type) numbers are expected, received: strings"
        case .activation(let function, let received):
            "\(function) needs a last dimension that is not 0, and for glu even, received: \(received)"
        case .unknownActivation(let received, let known):
            "unknown activation, received: '\(received)'; known are \(known.joined(separator: ", "))"
        case .instructionSet(let received, let available):
            "LOCKSTEP_INSTRUCTION_SET must be one this machine has (\(available.joined(separator: ", "))), received: \(received)"
        case .threads(let received): "LOCKSTEP_THREADS must be a whole number from 1 to 1024, received: \(received)"
        }
    }
}
