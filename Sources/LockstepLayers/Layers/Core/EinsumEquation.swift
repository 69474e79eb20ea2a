import LockstepCompute

/// An equation of an input and a kernel, such as `abc,cd->abd`: each letter is a dimension, the first the batch.
/// Products are summed over the dimensions that the output does not have. An ellipsis stands for dimensions that the
/// kernel does not have, before or behind the others.
struct EinsumEquation {
    let input, kernel, output: [Label]

    enum Label: Hashable {
        case letter(Character)
        /// A dimension that the ellipsis stands for.
        case elided(Int)
        /// The dimension over which a change of low rank is summed (`LowRankAdaptation`).
        case rank
    }

    /// The equation for an input of a rank, with the batch; nil if the text is no equation that Keras takes, or the
    /// input has another number of dimensions, or the batch is not the first dimension of input and output alone.
    init?(_ text: String, rank: Int) {
        let sides = text.split(separator: "->", omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2, case let factors = sides[0].split(separator: ",", omittingEmptySubsequences: false),
            factors.count == 2
        else { return nil }
        let terms = [String(factors[0]), sides[1]]
        let isLeft = terms.allSatisfy { $0.hasPrefix("...") }
        let isRight = !isLeft && terms.allSatisfy { $0.hasSuffix("...") }
        let bare = terms.map { isLeft ? $0.dropFirst(3) : isRight ? $0.dropLast(3) : $0[...] }
        guard let inputs = Self.letters(bare[0]), let outputs = Self.letters(bare[1]),
            let kernel = Self.letters(factors[1])
        else { return nil }
        // How many dimensions the ellipsis stands for; the batch is one of them if the ellipsis comes first.
        let elided = rank - inputs.count
        guard elided == 0 || elided > 0 && (isLeft || isRight) else { return nil }
        let ellipsis = (0..<elided).map(Label.elided)
        let input = isLeft ? ellipsis + inputs : inputs + ellipsis
        let output = isLeft ? ellipsis + outputs : outputs + ellipsis
        guard let batch = input.first, output.first == batch, !kernel.contains(batch),
            output.allSatisfy(Set(input + kernel).contains), kernel.allSatisfy(Set(input + output).contains),
            [input, kernel, output].allSatisfy({ Set($0).count == $0.count })
        else { return nil }
        (self.input, self.kernel, self.output) = (input, kernel, output)
    }

    private static func letters(_ term: Substring) -> [Label]? {
        !term.isEmpty && term.allSatisfy { $0.isASCII && $0.isLetter } ? term.map(Label.letter) : nil
    }

    /// The sizes of all dimensions but the batch; nil if the shapes contradict each other.
    ///
    /// - Parameters:
    ///   - row: of the input.
    ///   - given: the output's dimensions without the batch and those of the ellipsis; nil for the input's.
    func sizes(row: Shape, given: [Int?]) -> [Label: Int]? {
        var sizes: [Label: Int] = [:]
        for (label, size) in zip(input.dropFirst(), row.dimensions) { sizes[label] = size }
        let outputs = output.dropFirst().filter { if case .letter = $0 { true } else { false } }
        guard outputs.count == given.count else { return nil }
        for (label, size) in zip(outputs, given) {
            guard let size else {
                if sizes[label] == nil { return nil }
                continue
            }
            guard size > 0, sizes[label] == nil || sizes[label] == size else { return nil }
            sizes[label] = size
        }
        return sizes
    }

    /// The letters of a bias as dimensions behind the first of them in the output, and whether the bias has each; nil
    /// if a letter is not in the output.
    func bias(_ axes: String) -> [(label: Label, isOwn: Bool)]? {
        let own = axes.map(Label.letter)
        let behind = output.dropFirst()
        guard own.allSatisfy(behind.contains), let first = behind.firstIndex(where: own.contains) else { return nil }
        return behind[first...].map { ($0, own.contains($0)) }
    }
}
