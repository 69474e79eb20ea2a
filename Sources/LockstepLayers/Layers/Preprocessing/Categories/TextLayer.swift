import LockstepCompute
import LockstepGraph

/// A layer that makes whole numbers of text. A model takes text through an input of type `.string`; the numbers are
/// made before a step, and the operations of the step take these.
package protocol TextLayer: Layer {
    /// Whether the input's shape alone decides how many numbers a row of text becomes.
    var isLengthKnown: Bool { get }
    /// The number behind those of a text that is shorter than others.
    var padding: Int32 { get }
    /// What text must be, for an error.
    var textRequirement: String { get }
    /// The shape of the numbers of a row of text.
    ///
    /// - Parameter length: of the longest text, where that is not known.
    func numbersRow(of text: Shape, length: Int) -> Shape
    /// Appends the numbers of a row's strings. Returns the first string that has none; nil if all have some.
    func appendNumbers(of row: ArraySlice<String>, to numbers: inout [Int32]) -> String?
}

extension TextLayer {
    package var isLengthKnown: Bool { true }
    package var padding: Int32 { 0 }

    /// The shape of a row of the only input, which must be text.
    func singleText(_ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        let row = try single(inputs)
        guard inputs[0].type == .string else {
            throw .argument(
                layer: name, name: "the input", requirement: "text, as of Input(…, type: .string)",
                received: "\(inputs[0].type) numbers")
        }
        return row
    }

    /// The numbers of a text, as an input of the operations.
    func numbers(of text: SymbolicTensor, _ call: Call) -> SymbolicTensor {
        let row = text.spec.shape
        return call.trace.numbers(of: text, by: self) { numbersRow(of: row, length: $0) }
    }

    /// Makes the numbers of a tensor of strings, `[samples, …]`: `[samples, width]` of int32.
    ///
    /// - Parameters:
    ///   - row: the shape of a row of the input.
    ///   - first: the number of the first sample, for errors.
    /// - Throws: `LayerError.argument` for a string that has none.
    package func numbers(of text: Tensor, row: Shape, first: Int, on crew: Crew) throws(LayerError) -> Tensor {
        let width = isLengthKnown ? numbersRow(of: row, length: 1).count : nil
        let result = number(text: text, width: width, padding: padding, on: crew, appendNumbers)
        switch result {
        case .numbers(let numbers): return numbers
        case .missing(let string, let row):
            throw .argument(
                layer: name, name: "the input", requirement: textRequirement,
                received: "\"\(string)\" in row \(first + row)")
        }
    }
}

extension Layer {
    /// Whether the layer, or the first one within it, takes text and nothing else.
    package var takesOnlyText: Bool {
        // A model that was put into itself has no end; its graph is an error later.
        var (layer, seen): ((any Layer)?, Set<ObjectIdentifier>) = (self, [])
        while let current = layer, seen.insert(ObjectIdentifier(current)).inserted {
            if current is StringLookup || current is TextVectorization { return true }
            layer = current.sublayers.first
        }
        return false
    }
}
