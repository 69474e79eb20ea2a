/// Model formats of other programs, recognised so that errors say what a file is and what to do.
enum ForeignModel {
    case savedModel, checkpoint, lite, graph, pyTorch, onnx, pickle
    /// The content of a `.keras` archive, as files in a folder.
    case unpacked

    /// Recognises a file by its content, or else by its name.
    init?(_ bytes: [UInt8], file: String) {
        if bytes.dropFirst(4).starts(with: Array("TFL3".utf8)) {
            self = .lite
        } else if bytes.suffix(8) == [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB] {
            self = .checkpoint
        } else if bytes.starts(with: [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9]) {
            self = .pyTorch
        } else if bytes.count > 2, bytes[0] == 0x80, (2...5).contains(bytes[1]), bytes.last == UInt8(ascii: ".") {
            self = .pickle
        } else if bytes.count > 4, bytes[0] == 0x08, bytes[2] == 0x12 {
            // Protocol buffers that begin with a version: 1 in a SavedModel, above 2 in ONNX.
            self = bytes[1] == 1 ? .savedModel : .onnx
        } else {
            self.init(name: file)
        }
    }

    /// Recognises a zip archive by its members.
    init?(members: [String]) {
        guard members.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) else { return nil }
        self = .pyTorch
    }

    /// Recognises a folder by its files.
    init?(names: [String]) {
        if names.contains("saved_model.pb") || names.contains("saved_model.pbtxt") {
            self = .savedModel
        } else if names.contains(where: { $0.hasSuffix(".index") }) {
            self = .checkpoint
        } else if names.contains("config.json"), names.contains("model.weights.h5") {
            self = .unpacked
        } else {
            return nil
        }
    }

    private init?(name: String) {
        let endings: [(String, ForeignModel)] = [
            (".pb", .graph), (".pbtxt", .graph), (".tflite", .lite), (".index", .checkpoint), (".ckpt", .checkpoint),
            (".pt", .pyTorch),
            (".pth", .pyTorch), (".onnx", .onnx), (".pkl", .pickle), (".pickle", .pickle), (".joblib", .pickle),
        ]
        let name = name.lowercased()
        guard
            let form = endings.first(where: { name.hasSuffix($0.0) })?.1
                ?? (name.contains(".data-0") ? .checkpoint : nil)
        else {
            return nil
        }
        self = form
    }

    func error(file: String, for use: ModelFile.Use) -> FormatError {
        .foreign(file: file, what: what, advice: advice(use.save))
    }

    /// Its description.
    private var what: String {
        switch self {
        case .savedModel: "a TensorFlow SavedModel, a computation without a list of layers"
        case .checkpoint: "a TensorFlow checkpoint, weights without a model"
        case .lite: "a TensorFlow Lite model, a computation without a list of layers"
        case .graph: "a TensorFlow graph, a computation without a list of layers"
        case .pyTorch: "a PyTorch file"
        case .onnx: "an ONNX model, a computation without Keras's layers"
        case .pickle: "a Python pickle, which is a program rather than data"
        case .unpacked: "an unpacked .keras archive"
        }
    }

    /// The advice how to make a file that can be read.
    ///
    /// - Parameter save: how Keras writes such a file, `"model.save('model.keras')"`.
    private func advice(_ save: String) -> String {
        switch self {
        case .savedModel: "load it with Keras 2, tf_keras.models.load_model, and write it there with \(save)"
        case .checkpoint: "make the model in Keras, load these weights into it, and write it there with \(save)"
        case .lite, .graph, .onnx: "write the Keras model that it was made from with \(save)"
        case .pyTorch: "make the same model in Keras, set its weights to these, and write it there with \(save)"
        case .unpacked: "pack the files in it, in the folder with zip -0 ../model.keras *"
        case .pickle: "load it in the Python that wrote it, and write the model there with \(save)"
        }
    }
}
