window.SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("api"),
  deepLinking: true,
  displayRequestDuration: true,
  // A service elsewhere that would be sent the document's address.
  validatorUrl: null,
});
