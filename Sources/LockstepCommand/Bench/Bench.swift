import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The command `bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure kernels, training and predictions on this machine.",
        discussion: "Machines are noisy: each figure is the best of several. Compare figures of one run.",
        subcommands: [
            BenchKernels.self, BenchTrain.self, BenchPredict.self, BenchExchange.self, BenchSimulate.self,
            BenchCheckpoint.self, BenchReport.self,
        ])
}

/// One line of JSON, with names such as `samples_per_s`; several lines if `pretty`. Numbers that are not finite are
/// null.
func jsonLine(_ value: some Encodable, pretty: Bool = false) throws -> String {
    let encoder = JSONEncoder()
    // The encoder writes a string for these numbers, which is then replaced by null.
    let null = "\u{2205}"
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: null, negativeInfinity: null, nan: null)
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting =
        pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self).replacing("\"\(null)\"", with: "null")
}

/// A number with `digits` digits after the point, right-aligned.
func column(_ value: Double, digits: Int = 1, width: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { result, _ in result * 10 }
    let whole = Int((value.magnitude * scale).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    let fraction = "\(whole % Int(scale))"
    let padded = String(repeating: "0", count: max(0, digits - fraction.count)) + fraction
    let text = sign + (digits == 0 ? "\(whole)" : "\(whole / Int(scale)).\(padded)")
    return String(repeating: " ", count: max(0, width - text.count)) + text
}

func column(_ text: String, width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
