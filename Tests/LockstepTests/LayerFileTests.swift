import Foundation
import Lockstep
import TestSupport
import Testing

/// Every layer, over the rows of `Tests/Fixtures/layers.py`, goes through every form of file. Oracles: what Keras
/// predicts, and the bits before.
@Suite struct LayerFileTests {
    @Test("a layer goes through every form of file and back", arguments: LayerRow.all)
    func roundTrip(_ row: LayerRow) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("layers-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let model = try row.model()
        let known = try row.known()
        let outputs = try model.predict(known["x"]!)
        #expect(relativeError(outputs, known["inference"]!) < 1e-5)
        for form in ["keras", "h5"] {
            try model.save("\(folder)/it.\(form)")
            #expect(sameBits(try Model.load("\(folder)/it.\(form)").predict(known["x"]!), outputs), "\(form)")
        }
        try model.save("\(folder)/it.json")
        for form in ["weights.h5", "safetensors"] {
            try model.saveWeights("\(folder)/it.\(form)")
            let again = try Model.load("\(folder)/it.json")
            try again.loadWeights("\(folder)/it.\(form)")
            #expect(sameBits(try again.predict(known["x"]!), outputs), "\(form)")
        }
    }
}
