import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * EU DSS as a judge of signed PDFs, many in one process: {@code Judge ANCHOR.pem < jobs}.
 *
 * <p>A job is a line "file TAB password" (empty: none). Each signature found is a line on standard output, fields parted
 * by tabs: file, kind (SIG, NONE, REJECT), signer, level, indication, sub-indication, complaints. REJECT: DSS cannot read
 * the file; the reason stands under complaints. Nothing is fetched from the network.
 */
public final class Judge {
  private final CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
  private final byte[] policy = policyWithoutRevocation();

  public static void main(String[] args) throws Exception {
    Judge judge = new Judge();
    try (InputStream in = Files.newInputStream(Path.of(args[0]))) {
      for (var certificate : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        judge.anchors.addCertificate(new CertificateToken((X509Certificate) certificate));
      }
    }
    var out = new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String job : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
      String[] fields = job.split("\t", -1);
      for (List<String> finding : judge.findings(fields[0], fields[1])) {
        out.println(fields[0] + "\t" + finding.stream().map(Judge::oneLine).collect(Collectors.joining("\t")));
      }
    }
  }

  private List<List<String>> findings(String file, String password) {
    try {
      SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
      CommonCertificateVerifier verifier = new CommonCertificateVerifier(true); // no issuer download: no network
      verifier.setTrustedCertSources(anchors);
      validator.setCertificateVerifier(verifier);
      if (!password.isEmpty() && validator instanceof PDFDocumentValidator pdf) {
        pdf.setPasswordProtection(password.toCharArray());
      }
      Reports reports = validator.validateDocument(new ByteArrayInputStream(policy));
      SimpleReport report = reports.getSimpleReport();
      List<List<String>> found = new ArrayList<>();
      for (String id : report.getSignatureIdList()) {
        found.add(List.of("SIG", text(report.getSignedBy(id)), text(report.getSignatureFormat(id)),
            text(report.getIndication(id)), text(report.getSubIndication(id)), complaints(report, id)));
      }
      return found.isEmpty() ? List.of(List.of("NONE", "", "", "", "", "")) : found;
    } catch (Exception | StackOverflowError | OutOfMemoryError error) { // one hostile file must not end the run
      return List.of(List.of("REJECT", "", "", "", "", error.getClass().getSimpleName() + ": " + error.getMessage()));
    }
  }

  private static String complaints(SimpleReport report, String id) {
    return report.getAdESValidationErrors(id).stream().map(message -> message.getValue())
        .collect(Collectors.joining("; "));
  }

  private static String text(Object value) {
    return value == null ? "" : value.toString();
  }

  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }

  /**
   * DSS's own policy, but for one demand: a chain without revocation data is a warning. A signature of level B carries
   * none, and the throw-away CA publishes none.
   */
  private static byte[] policyWithoutRevocation() {
    try (InputStream in = SignedDocumentValidator.class.getResourceAsStream("/policy/constraint.xml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replaceAll("<(RevocationDataAvailable|AcceptableRevocationDataFound) Level=\"FAIL\"", "<$1 Level=\"WARN\"")
          .getBytes(StandardCharsets.UTF_8);
    } catch (java.io.IOException error) {
      throw new IllegalStateException(error);
    }
  }
}
