/// Gives each place of tensors of one shape the whole number that a function has for the elements there. A place for
/// which the function is nil gets 0.
///
/// - Parameters:
///   - inputs: int32 or float32.
///   - out: int32.
///   - function: is called with a function that gives the element of each input.
/// - Returns: the first place for which the function is nil; nil if there is none.
package func number(
    _ inputs: [Tensor], into out: Tensor, by function: (_ element: (_ input: Int) -> Double) -> Int32?
) -> Int? {
    precondition(
        out.type == .int32 && inputs.allSatisfy { $0.count == out.count },
        "numbers \(out.shape) of \(inputs.map(\.shape))")
    var missing: Int?
    for place in 0..<out.count {
        let number = function { inputs[$0].number(at: place) }
        if number == nil { missing = missing ?? place }
        out.setInteger(number ?? 0, at: place)
    }
    return missing
}
